/** The session that a client requests. */
export type SessionTerms = {
  clientId: string
  version: 4 | 5
  /** Whether an earlier session is discarded. */
  cleanStart: boolean
  /** How long the session is kept after the client is gone. */
  expirySeconds: number
  /** Whether the broker behind keeps the session until it is told to discard it. */
  isKept: boolean
}

/** A client's options for a subscription; with MQTT 3.1.1 the defaults apply. */
export type SubscriptionOptions = {
  /** Leaves out the client's own messages. */
  noLocal: boolean
  /** Keeps the retain flag on live messages. */
  retainAsPublished: boolean
  /** Which retained messages are sent on subscribing: 0 all, 1 those of a new subscription, 2 none. */
  retainHandling: number
  isNew: boolean
}

/** The session of a client, by the filters that it subscribed to. */
export type Session = { subscriptions: Map<string, SubscriptionOptions>; resumed: boolean }

type Kept = SessionTerms & { owner: object; session: Session; cancel?: () => void }

type Needs = {
  /** Runs a function after `ms` milliseconds; returns a function that cancels it. */
  after: (ms: number, run: () => void) => () => void
  /** Discards the broker's session, and disconnects its client if there is one. */
  end: (clientId: string) => Promise<void>
}

/**
 * The sessions, and when they end. AWS keeps a session for an hour after its client is gone, or for less if
 * an MQTT 5 client says so. No session is carried over from one MQTT version to the other.
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
    /** Prepares the session of an accepted client, before the broker looks for it. */
    begin: async (owner: object, terms: SessionTerms): Promise<Session> => {
      const { clientId, version, cleanStart, isKept } = terms
      await ending.get(clientId)
      const before = kept.get(clientId)
      before?.cancel?.()
      const resumes = before?.isKept === true && !cleanStart && before.version === version
      // A session that is not kept the broker itself starts anew.
      if (before?.isKept && isKept && !resumes) await forget(clientId)
      const subscriptions = resumes ? before.session.subscriptions : new Map()
      const session: Session = { subscriptions, resumed: resumes }
      kept.set(clientId, { ...terms, owner, session })
      return session
    },
    /** Applies the session expiry of an MQTT 5 client's DISCONNECT. */
    keepFor: (owner: object, clientId: string, seconds: number): void => {
      const session = kept.get(clientId)
      if (session?.owner === owner) session.expirySeconds = seconds
    },
    /** The client is gone; a client that has replaced it keeps the session. */
    left: (owner: object, clientId: string): void => {
      const session = kept.get(clientId)
      if (session?.owner !== owner) return
      if (!session.isKept) kept.delete(clientId)
      else if (session.expirySeconds === 0) void forget(clientId)
      else session.cancel = after(session.expirySeconds * 1000, () => void forget(clientId))
    },
    /** Discards a client's session, and disconnects the client if it is connected. */
    forget,
    close: (): void => {
      for (const { cancel } of kept.values()) cancel?.()
      kept.clear()
    },
  }
}
export type Sessions = ReturnType<typeof createSessions>
