import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { RouterProvider } from 'react-router/dom'
import { connection, noteLoss } from './api/connection.ts'
import { ApiError } from './api/problem.ts'
import { openRouter } from './routes.tsx'
import { type Session, SessionProvider } from './session/session.tsx'
import { NotificationsProvider } from './shell/notifications.tsx'

/** A temporary error is retried once; a refusal would only be repeated. */
const mayPass = (failures: number, error: unknown): boolean =>
  failures < 1 && error instanceof ApiError && error.status >= 500

const freshForMs = 5000

const openQueries = () =>
  new QueryClient({
    defaultOptions: {
      // Requests show whether there is a connection: the browser's network state says little about the
      // backend.
      queries: { retry: mayPass, staleTime: freshForMs, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })

/** The console for a signed-in user. When a lost connection is back, everything on the page is refreshed. */
export const Console = ({ session }: { session: Session }) => {
  const [queries] = useState(openQueries)
  const [router] = useState(openRouter)
  useEffect(() => {
    addEventListener('offline', noteLoss)
    return () => removeEventListener('offline', noteLoss)
  }, [])
  useEffect(
    () =>
      connection.subscribe(() => {
        if (!connection.isLost()) queries.invalidateQueries()
      }),
    [queries],
  )
  return (
    <SessionProvider session={session}>
      <QueryClientProvider client={queries}>
        <I18nProvider locale="en" messages={[messages]}>
          <NotificationsProvider>
            <RouterProvider router={router} />
          </NotificationsProvider>
        </I18nProvider>
      </QueryClientProvider>
    </SessionProvider>
  )
}
