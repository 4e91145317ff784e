/** What a category of errors says. */
interface Category {
  /**
   * Whether the app may have applied the operation. `never`: it did not reach the app, or was turned down.
   * `if sent`: nobody knows once it was sent.
   */
  readonly applied: 'never' | 'if sent';
  /** Whose doing it is, going by the category alone. `request`: of the request, or of how it is sent. */
  readonly by: 'app' | 'request' | 'generator';
  /**
   * What it says about the app and what to look for, as a sentence after its name. Absent: the generator's doing.
   */
  readonly meaning?: string;
}

/** Why an operation was not ok, where no HTTP status says it, by the name that a recording has for it. */
export const categories = {
  refused: {
    applied: 'never',
    by: 'app',
    meaning: "nothing listened at the app's address, so the app itself was down.",
  },
  reset: {
    applied: 'if sent',
    by: 'app',
    meaning: 'the app closed connections with requests on them, as a process does that ends.',
  },
  empty: {
    applied: 'if sent',
    by: 'app',
    meaning:
      'the app closed the connection without a byte of an answer, as a process does that ends, or answered without the body that was asked for; look at its exits, and for handlers that end without a reply.',
  },
  certificate: {
    applied: 'never',
    by: 'request',
    meaning:
      "the app's certificate could not be verified; pass the authority that signed it as the option tls: { ca }.",
  },
  tls: {
    applied: 'if sent',
    by: 'request',
    meaning:
      'the TLS handshake failed; see that the app speaks TLS on this port, and the HTTP version that the load asks for.',
  },
  timeout: {
    applied: 'if sent',
    by: 'app',
    meaning: 'no answer at all; look for a call to a dependency without a time-out of its own.',
  },
  saturated: {
    applied: 'never',
    by: 'app',
    meaning: 'so many requests went unanswered that no more could be sent; the app hangs.',
  },
  unsent: { applied: 'never', by: 'generator' },
  silence: {
    applied: 'never',
    by: 'app',
    meaning:
      'a closed loop sends when it was answered, so it fell silent while the app did not answer; what it would have sent meanwhile at its usual pace counts as failed.',
  },
  invalid: {
    applied: 'if sent',
    by: 'request',
    meaning: 'the app answered, but not with a status that okWhen allows.',
  },
} as const satisfies Readonly<Record<string, Category>>;

/** The name of a category that is told by how an operation ended. */
export type CategoryName = keyof typeof categories;

/** The part of the categories that is open: an HTTP status as text. */
export type StatusCategory = `${number}`;

/** What a category says; undefined of a status, and of an error of the user's own call. */
export function categoryOf(name: string): Category | undefined {
  return Object.hasOwn(categories, name) ? categories[name as CategoryName] : undefined;
}
