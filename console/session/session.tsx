import { createContext, type ReactNode, use } from 'react'
import type { Grants } from './grants.ts'

/** The signed-in user, and their permissions. */
export type Session = {
  name: string
  grants: Grants
  /** The address of the docks' login, if the deployment knows it. */
  dockAddress: string | undefined
  /** Absent without sign-in. */
  signOut?: () => Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)

export const SessionProvider = ({ session, children }: { session: Session; children: ReactNode }) => (
  <SessionContext value={session}>{children}</SessionContext>
)

/** @throws Error outside of a `SessionProvider` */
export const useSession = (): Session => {
  const session = use(SessionContext)
  if (!session) throw new Error('There is no session')
  return session
}
