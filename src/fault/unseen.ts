/** Why a look saw nothing. Reads on after "at its start". */
export function reportUnseen(error: unknown): { readonly seen: false; readonly detail: string } {
  return {
    seen: false,
    detail: `it could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
  };
}
