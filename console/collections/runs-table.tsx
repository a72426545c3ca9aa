import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { CollectionRun } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { StateList } from '../shell/state-list.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { LeftOutWords, RunStatus } from './run-words.tsx'
import { useRuns } from './use-collections.ts'
import { causeText, newestText, phases } from './words.ts'

type State = CollectionRun['state']

const Span = ({ run: { from, to, newestBoots } }: { run: CollectionRun }) => {
  if (newestBoots !== undefined) return newestText(newestBoots)
  if (from === undefined) return '–'
  return (
    <>
      <Time at={from} /> to <Time at={to} />
    </>
  )
}

const columns: TableProps.ColumnDefinition<CollectionRun>[] = [
  {
    id: 'cause',
    header: 'Cause',
    minWidth: 165,
    isRowHeader: true,
    cell: ({ cause }) => (
      <>
        <Foreign text={causeText(cause)} />
        <Box fontSize="body-s" color="text-body-secondary">
          <Time at={cause.at} />
        </Box>
      </>
    ),
  },
  {
    id: 'dock',
    header: 'Dock',
    minWidth: 165,
    cell: ({ dockSn }) => <Link href={`/docks/${dockSn}`}>{dockSn}</Link>,
  },
  { id: 'state', header: 'State', minWidth: 170, cell: (run) => <RunStatus run={run} /> },
  {
    id: 'upload',
    header: 'Upload',
    minWidth: 85,
    cell: ({ dockSn, uploadId }) =>
      uploadId ? <Link href={`/docks/${dockSn}/uploads/${uploadId}`}>Show</Link> : '–',
  },
  { id: 'span', header: 'Logs of', minWidth: 160, cell: (run) => <Span run={run} /> },
  { id: 'leftOut', header: 'Left out', minWidth: 140, cell: ({ leftOut }) => <LeftOutWords of={leftOut} /> },
]

/** The runs of a collection: their cause, and what they left out and why. */
export const RunsTable = ({ id, next }: { id: string; next: string }) => {
  const [state, setState] = useState<State>()
  return (
    <StateList
      title="Runs"
      one="run"
      description="One for each cause at each dock, newest first"
      states={phases}
      state={state}
      choose={setState}
      list={useRuns(id, state)}
      columns={columns}
      trackBy={({ id: run }) => run}
      file={`runs-of-${id}`}
      empty={<Empty what="It has not run yet" next={next} />}
    />
  )
}
