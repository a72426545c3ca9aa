import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { RouterProvider } from 'react-router/dom'
import { connection, noteLoss } from '../api/connection.ts'
import { ApiError } from '../api/problem.ts'
import { openRouter } from '../routes.tsx'
import { type Session, SessionProvider } from '../session/session.tsx'
import { NotificationsProvider } from './notifications.tsx'

/** What passes is tried once more; what the API refused would only be refused again. */
const mayPass = (failures: number, error: unknown): boolean =>
  failures < 1 && error instanceof ApiError && error.status >= 500

const freshForMs = 5000

const openQueries = () =>
  new QueryClient({
    defaultOptions: {
      // Whether there is a connection is seen from requests: what the browser thinks of the network says
      // little of the backend.
      queries: { retry: mayPass, staleTime: freshForMs, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })

/**
 * The console of somebody who may see it. When a lost connection is back, everything on the page is read
 * again.
 */
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
