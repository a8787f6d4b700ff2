import { createHmac, randomBytes } from 'node:crypto';
import { type Authentication, openAuthentication, statusOf } from './authentication.ts';
import { type AuthenticationMessage, type Ending } from './messages.ts';

/** The authentications of this process: a restart knows none of them any more. */
export interface Book {
  /**
   * Opens one, or finds the one that the same message opened before. Undefined where the reference
   * was used for another message.
   */
  open(message: AuthenticationMessage, endsAtMs: number): Authentication | undefined;
  find(id: string): Authentication | undefined;
  findByChallenge(key: string): Authentication | undefined;
  /** Ends it, unless it has ended already; either way as it stands then. */
  end(id: string, ending: Ending, nowMs: number): Authentication | undefined;
  /** Newest first. */
  list(): readonly Authentication[];
  clear(): void;
}

interface Entry {
  readonly fingerprint: string;
  readonly authentication: Authentication;
}

export function createBook(): Book {
  const entries = new Map<string, Entry>();
  const ids = new Map<string, string>();
  // Keyed, so that not even a fingerprint says anything of a card number.
  const key = randomBytes(32);

  function find(id: string): Authentication | undefined {
    return entries.get(ids.get(id) ?? '')?.authentication;
  }

  return {
    open(message, endsAtMs) {
      const fingerprint = createHmac('sha256', key).update(JSON.stringify(message)).digest('hex');
      const earlier = entries.get(message.reference);
      if (earlier) {
        return earlier.fingerprint === fingerprint ? earlier.authentication : undefined;
      }
      const authentication = openAuthentication(message, endsAtMs);
      entries.set(message.reference, { fingerprint, authentication });
      ids.set(authentication.id, message.reference);
      ids.set(authentication.challengeKey, message.reference);
      return authentication;
    },
    find: (id) => {
      const found = find(id);
      return found?.id === id ? found : undefined;
    },
    findByChallenge: (challengeKey) => {
      const found = find(challengeKey);
      return found?.challengeKey === challengeKey ? found : undefined;
    },
    end(id, ending, nowMs) {
      const entry = entries.get(ids.get(id) ?? '');
      if (!entry) return undefined;
      const { authentication } = entry;
      if (statusOf(authentication, nowMs) !== 'PENDING') return authentication;
      const ended = { ...authentication, ending };
      entries.set(authentication.message.reference, { ...entry, authentication: ended });
      return ended;
    },
    list: () => [...entries.values()].map(({ authentication }) => authentication).reverse(),
    clear: () => {
      entries.clear();
      ids.clear();
    },
  };
}
