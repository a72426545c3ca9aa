import Button from '@cloudscape-design/components/button'
import { useMutation } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { ApiError } from '../api/problem.ts'
import type { Upload } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { escaped } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { useForgetDock } from './use-uploads.ts'

/** Retries the uploads of several docks, one after another; refusals are shown. */
export const TrySelected = ({ uploads, done }: { uploads: readonly Upload[]; done: () => void }) => {
  const { notify } = useNotifications()
  const forget = useForgetDock()
  const retry = useMutation({
    mutationFn: async () => {
      const refused: string[] = []
      for (const { dockSn, id } of uploads) {
        const header = { 'Idempotency-Key': crypto.randomUUID() }
        try {
          const params = { path: { dockSn, id }, header }
          await must(api.POST('/v1/docks/{dockSn}/log-uploads/{id}/retry', { params, body: {} }))
        } catch (error) {
          const why = error instanceof ApiError ? error.title : 'Something went wrong on this page'
          refused.push(`${dockSn}: ${why}`)
        }
      }
      return refused
    },
    onSuccess: async (refused) => {
      const started = uploads.length - refused.length
      notify({
        type: refused.length > 0 ? 'error' : 'success',
        header: `${count(started, 'upload')} tried again${refused.length > 0 ? `, ${refused.length} not` : ''}`,
        content: refused.map((one) => <div key={one}>{escaped(one)}</div>),
      })
      done()
      await Promise.all([...new Set(uploads.map(({ dockSn }) => dockSn))].map(forget))
    },
  })
  return (
    <Button
      loading={retry.isPending}
      disabled={uploads.length === 0}
      disabledReason="Select uploads that did not succeed"
      onClick={() => retry.mutate()}
    >
      Try these again{uploads.length > 0 ? ` (${uploads.length})` : ''}
    </Button>
  )
}
