/** How a client wants its session. */
export type SessionTerms = {
  clientId: string
  version: 4 | 5
  /** Whether what was kept of an earlier session is thrown away. */
  cleanStart: boolean
  /** How long it is kept once the client is gone. */
  expirySeconds: number
  /** Whether the broker behind is to keep it until it is told to throw it away. */
  isKept: boolean
}

/** How a client wants the messages of a subscription; MQTT 3.1.1 has the defaults. */
export type SubscriptionOptions = {
  /** Nothing of what the client publishes itself. */
  noLocal: boolean
  /** The mark of a retained message stays on it. */
  retainAsPublished: boolean
  /** Which retained messages come with the subscription: 0 all, 1 those of a new one, 2 none. */
  retainHandling: number
  isNew: boolean
}

/** The session of a client, by the filters that it subscribed to. */
export type Session = { subscriptions: Map<string, SubscriptionOptions>; resumed: boolean }

type Kept = SessionTerms & { owner: object; session: Session; cancel?: () => void }

type Needs = {
  /** Runs something after so many milliseconds; what it returns calls that off. */
  after: (ms: number, run: () => void) => () => void
  /** Throws away what the broker has of the session, and ends its client if there is one. */
  end: (clientId: string) => Promise<void>
}

/**
 * Which sessions there are, and when they end: AWS keeps one for an hour after its client is gone, or for
 * less where an MQTT 5 client says so, and none goes over from one version of MQTT to the other.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-persistent-sessions
 */
export const createSessions = ({ after, end }: Needs) => {
  const kept = new Map<string, Kept>()
  const ending = new Map<string, Promise<void>>()

  const forget = (clientId: string): Promise<void> => {
    kept.get(clientId)?.cancel?.()
    kept.delete(clientId)
    const ended = end(clientId).finally(() => ending.delete(clientId))
    ending.set(clientId, ended)
    return ended
  }

  return {
    /** Makes ready for a client that was let in, before the broker looks for its session. */
    begin: async (owner: object, terms: SessionTerms): Promise<Session> => {
      const { clientId, version, cleanStart, isKept } = terms
      await ending.get(clientId)
      const before = kept.get(clientId)
      before?.cancel?.()
      const resumes = before?.isKept === true && !cleanStart && before.version === version
      // A session that it does not keep the broker begins anew by itself.
      if (before?.isKept && isKept && !resumes) await forget(clientId)
      const subscriptions = resumes ? before.session.subscriptions : new Map()
      const session: Session = { subscriptions, resumed: resumes }
      kept.set(clientId, { ...terms, owner, session })
      return session
    },
    /** What an MQTT 5 client says with its farewell. */
    keepFor: (owner: object, clientId: string, seconds: number): void => {
      const session = kept.get(clientId)
      if (session?.owner === owner) session.expirySeconds = seconds
    },
    /** The client is gone; one that has taken its place keeps the session. */
    left: (owner: object, clientId: string): void => {
      const session = kept.get(clientId)
      if (session?.owner !== owner) return
      if (!session.isKept) kept.delete(clientId)
      else if (session.expirySeconds === 0) void forget(clientId)
      else session.cancel = after(session.expirySeconds * 1000, () => void forget(clientId))
    },
    /** Throws away what is kept of a client's session, and ends the client if it is there. */
    forget,
    close: (): void => {
      for (const { cancel } of kept.values()) cancel?.()
      kept.clear()
    },
  }
}
export type Sessions = ReturnType<typeof createSessions>
