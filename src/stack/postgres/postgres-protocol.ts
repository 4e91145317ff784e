import { type Conversation, ownName } from '../clients/sighting.ts';

/** Length 8, code 80877103. PostgreSQL documentation, "Message Formats", SSLRequest. */
const sslRequest = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const terminate = Uint8Array.of('X'.charCodeAt(0), 0, 0, 0, 4);

/**
 * An SSLRequest, which a server answers with one byte from the moment it listens, then a startup as `postgres` in
 * `database`. Ready means that the startup succeeds. A server that answers `57P..` (starting up, shutting down,
 * crashed) is not ready; one that refuses for another reason (too many connections) is up, and counts as ready.
 */
export function startPostgresConversation(database: string): Conversation {
  let asked = false;
  return {
    opening: sslRequest,
    hear(heard, say) {
      // 'S' would mean that it wants TLS now, which our servers never do: then the byte is all that can be known.
      if (heard[0] !== 'N'.charCodeAt(0)) return true;
      if (!asked) {
        asked = true;
        say(encodeStartup(database));
      }
      for (const message of readMessages(heard.subarray(1))) {
        if (message.type === 'E') return !/\0C57P/.test(`\0${message.body.toString('latin1')}`);
        if (message.type === 'Z') {
          say(terminate);
          return true;
        }
      }
      return undefined;
    },
  };
}

/** Length, protocol 3.0, then names and values, each ended by a zero, and a zero at the end. */
function encodeStartup(database: string): Buffer {
  const parameters = ['user', 'postgres', 'database', database, 'application_name', ownName];
  const body = Buffer.from(`${parameters.map((text) => `${text}\0`).join('')}\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}

/** The complete messages in `bytes`: a letter, a length that counts itself, and a body. */
function* readMessages(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) return;
    yield { type: String.fromCharCode(bytes[at] ?? 0), body: bytes.subarray(at + 5, end) };
    at = end;
  }
}
