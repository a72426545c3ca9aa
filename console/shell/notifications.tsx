import type { FlashbarProps } from '@cloudscape-design/components/flashbar'
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { ApiError } from '../api/problem.ts'
import { escaped } from '../words/foreign.tsx'
import { ProblemText, partsOf } from './problem.tsx'

export type Notice = { type: 'success' | 'info' | 'error'; header: string; content?: ReactNode }

type Notifications = {
  items: readonly FlashbarProps.MessageDefinition[]
  notify: (notice: Notice) => void
  /** Shows an error and its advice. */
  fail: (error: unknown) => void
}

const NotificationsContext = createContext<Notifications | undefined>(undefined)

/** The most notifications, stacked; the oldest disappear. */
const most = 4

let issued = 0

/** Shows notifications at the top of the page, until they are closed. */
export const NotificationsProvider = ({ children }: { children: ReactNode }) => {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([])
  const notify = useCallback((notice: Notice) => {
    const id = `notice-${++issued}`
    const dismiss = () => setItems((all) => all.filter((one) => one.id !== id))
    const item = { ...notice, id, dismissible: true, dismissLabel: 'Close', onDismiss: dismiss }
    setItems((all) => [item, ...all].slice(0, most))
  }, [])
  const fail = useCallback(
    (error: unknown) =>
      notify({
        type: 'error',
        header: error instanceof ApiError ? escaped(error.title) : 'Something went wrong on this page',
        content: <ProblemText {...partsOf(error)} color="inverted" />,
      }),
    [notify],
  )
  const value = useMemo(() => ({ items, notify, fail }), [items, notify, fail])
  return <NotificationsContext value={value}>{children}</NotificationsContext>
}

/** @throws Error outside of a `NotificationsProvider` */
export const useNotifications = (): Notifications => {
  const notifications = use(NotificationsContext)
  if (!notifications) throw new Error('There is no place for notifications')
  return notifications
}
