import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Campaign } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { save } from '../shell/save.ts'
import { count } from '../words/quantities.ts'
import { csvOf, jsonOf } from './evidence.ts'
import { readEvidence } from './read-evidence.ts'

const formats = {
  csv: { text: 'CSV, a line for each device', type: 'text/csv', write: csvOf },
  json: { text: 'JSON, with decisions and settings', type: 'application/json', write: jsonOf },
} as const
type Format = keyof typeof formats
const isFormat = (id: string): id is Format => Object.hasOwn(formats, id)

/** Saves a campaign's evidence: who, what, when, and the proof. */
export const ExportButton = ({ campaign }: { campaign: Campaign }) => {
  const { name } = useSession()
  const { fail } = useNotifications()
  const [read, setRead] = useState(0)
  const exporting = useMutation({
    mutationFn: async (format: Format) => {
      const { type, write } = formats[format]
      setRead(0)
      const evidence = await readEvidence(campaign, name, setRead)
      save(`${campaign.id}-evidence.${format}`, type, write(evidence))
    },
    onError: fail,
  })
  return (
    <ButtonDropdown
      loading={exporting.isPending}
      loadingText={`${count(read, 'device')} read`}
      items={Object.entries(formats).map(([id, { text }]) => ({ id, text }))}
      onItemClick={({ detail: { id } }) => isFormat(id) && exporting.mutate(id)}
    >
      Export evidence
    </ButtonDropdown>
  )
}
