/** What a client did wrong, or what could not be done for it: the status and text of the answer. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}
