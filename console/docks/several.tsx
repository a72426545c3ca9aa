import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Dock } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { escaped } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'

/** Commands to several docks at once, besides collecting their logs. */

type Wish = 'list' | 'cancel'

const askOne: Record<Wish, (dock: Dock) => Promise<unknown>> = {
  list: ({ dockSn }) =>
    must(
      api.POST('/v1/docks/{dockSn}/log-listings', {
        params: { path: { dockSn }, header: { 'Idempotency-Key': crypto.randomUUID() } },
        body: {},
      }),
    ),
  cancel: async ({ dockSn, activeUpload }) => {
    if (!activeUpload) throw new ApiError(409, 'It is not uploading')
    const path = { dockSn, id: activeUpload.id }
    await must(api.POST('/v1/docks/{dockSn}/log-uploads/{id}/cancel', { params: { path }, body: {} }))
  },
}

const done: Record<Wish, string> = { list: 'asked for the lists', cancel: 'asked to stop' }

/** The most concurrent commands: the API has a rate limit for all callers. */
const atOnce = 5

type Refused = { dockSn: string; why: string }

const askAll = async (wish: Wish, docks: readonly Dock[]): Promise<Refused[]> => {
  const refused: Refused[] = []
  for (let at = 0; at < docks.length; at += atOnce)
    await Promise.all(
      docks.slice(at, at + atOnce).map((dock) =>
        askOne[wish](dock).catch((error: unknown) => {
          const why = error instanceof ApiError ? error.title : 'Something went wrong on this page'
          refused.push({ dockSn: dock.dockSn, why })
        }),
      ),
    )
  return refused
}

const useAsk = (docks: readonly Dock[]) => {
  const { notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (wish: Wish) => askAll(wish, docks),
    onSuccess: (refused, wish) => {
      const asked = docks.length - refused.length
      notify({
        type: refused.length > 0 ? 'error' : 'success',
        header: `${count(asked, 'dock')} ${done[wish]}${refused.length > 0 ? `, ${refused.length} not` : ''}`,
        content: refused.map(({ dockSn, why }) => <div key={dockSn}>{escaped(`${dockSn}: ${why}`)}</div>),
      })
      return readAgain(queries, ['docks'], ['dock'])
    },
  })
}

/** Sends a command to the selected docks. */
export const SeveralButton = ({ docks }: { docks: readonly Dock[] }) => {
  const ask = useAsk(docks)
  const isNone = docks.length === 0
  const isIdle = docks.every(({ activeUpload }) => activeUpload === undefined)
  return (
    <ButtonDropdown
      loading={ask.isPending}
      disabled={isNone}
      disabledReason="Select docks first"
      items={[
        { id: 'list', text: 'Refresh their lists of logs' },
        {
          id: 'cancel',
          text: 'Stop their uploads',
          disabled: isIdle,
          disabledReason: 'None of them is uploading',
        },
      ]}
      onItemClick={({ detail: { id } }) => ask.mutate(id === 'cancel' ? 'cancel' : 'list')}
    >
      Actions
    </ButtonDropdown>
  )
}
