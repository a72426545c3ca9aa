import { createContext, type ReactNode, use } from 'react'
import type { Grants } from './grants.ts'

/** Who is at the screen, and what they may do. */
export type Session = {
  name: string
  grants: Grants
  /** Where docks log in with an account, as far as the deployment knows. */
  dockAddress: string | undefined
  /** Absent where nobody has to sign in. */
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
