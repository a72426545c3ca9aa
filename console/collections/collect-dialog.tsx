import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Collection, Dock } from '../api/records.ts'
import { type Grants, mayOperate } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { escaped } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { useAllCollections, useRunCollection } from './use-collections.ts'
import { logsText } from './words.ts'

/** Why a collection cannot run for all of these docks; undefined: it can. */
const obstacle = (collection: Collection, docks: readonly Dock[], grants: Grants): string | undefined => {
  if (!mayOperate(grants, collection)) return 'You may not run it'
  if (!collection.enabled) return 'It is disabled'
  const isOf = ({ dockSn, fleet }: Dock): boolean =>
    collection.docks ? collection.docks.includes(dockSn) : collection.fleet === fleet
  return docks.every(isOf) ? undefined : 'It does not include all of these docks'
}

const optionsOf = (collections: readonly Collection[], docks: readonly Dock[], grants: Grants) =>
  collections.map((collection) => {
    const { id, name = id, logs } = collection
    const why = obstacle(collection, docks, grants)
    return {
      value: id,
      label: escaped(name),
      description: why ?? logsText(logs),
      disabled: why !== undefined,
    }
  })

type Props = { docks: readonly Dock[]; close: () => void; started: () => void }

/** Runs a collection, whose settings determine the logs, for the selected docks. */
export const CollectDialog = ({ docks, close, started }: Props) => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const { data, error, isPending, refetch } = useAllCollections()
  const [chosen, setChosen] = useState<string>()
  // One dialog is one start, even if the request is repeated.
  const [key] = useState(() => crypto.randomUUID())
  const run = useRunCollection((id) => {
    started()
    void navigate(`/collections/${id}`)
  })
  const options = optionsOf(data?.items ?? [], docks, grants)
  const usable = options.filter(({ disabled }) => !disabled)
  const option = usable.find(({ value }) => value === chosen) ?? (usable.length === 1 ? usable[0] : undefined)
  const submit = () =>
    option && run.mutate({ id: option.value, key, docks: docks.map(({ dockSn }) => dockSn) })
  return (
    <FormDialog
      title="Collect from these docks"
      answer="Collect"
      isReady={option !== undefined}
      busy={run.isPending}
      submit={submit}
      close={close}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Box>
        {count(docks.length, 'dock')}: {docks.map(({ dockSn }) => dockSn).join(', ')}
      </Box>
      <FormField
        label="Collection"
        description="It says which logs are taken, and how many docks are at work at once."
        errorText={
          data && usable.length === 0 ? 'None can collect from all of these docks: create one for them.' : ''
        }
      >
        <Select
          selectedOption={option ?? null}
          options={options}
          placeholder="Choose a collection"
          empty="There is no collection"
          statusType={isPending ? 'loading' : 'finished'}
          loadingText="Loading collections"
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
        />
      </FormField>
      {data && usable.length === 0 && <Link href="/collections">Go to collections</Link>}
    </FormDialog>
  )
}
