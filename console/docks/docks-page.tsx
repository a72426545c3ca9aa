import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Pagination from '@cloudscape-design/components/pagination'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { lazy, Suspense, useState } from 'react'
import type { Dock } from '../api/records.ts'
import type { Grants } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { useAddressed } from '../shell/address.ts'
import { Choice } from '../shell/choice.tsx'
import { Empty } from '../shell/empty.tsx'
import { ErrorBoundary } from '../shell/failed-page.tsx'
import { List } from '../shell/list.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { pageSize } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { UploadStatus, uploadStates } from '../uploads/upload-states.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Ago } from '../words/time.tsx'
import { RegisterDock } from './dock-settings.tsx'
import { isPresenceState, PresenceIndicator, type PresenceState, presenceStates } from './presence.tsx'
import { SeveralButton } from './several.tsx'
import { useDockPage, useDockSearch } from './use-docks.ts'

const CollectDialog = lazy(async () => ({
  default: (await import('../collections/collect-dialog.tsx')).CollectDialog,
}))

/** The state of a dock's newest upload, and when it started. */
const LastOutcome = ({ of: { state, createdAt } }: { of: NonNullable<Dock['latestUpload']> }) => (
  <>
    <UploadStatus state={state} />
    <Box fontSize="body-s" color="text-body-secondary">
      started <Ago at={createdAt} />
    </Box>
  </>
)

const NewestUpload = ({ dock: { dockSn, activeUpload, latestUpload, foreignExport } }: { dock: Dock }) => {
  if (!activeUpload)
    return foreignExport ? (
      <UploadStatus state="Exporting for another platform" />
    ) : latestUpload ? (
      <Link href={`/docks/${dockSn}/uploads/${latestUpload.id}`}>
        <LastOutcome of={latestUpload} />
      </Link>
    ) : (
      '–'
    )
  const { state, percent, stalledSince } = activeUpload
  if (stalledSince)
    return (
      <StatusIndicator type="warning">
        Silent since <Ago at={stalledSince} />
      </StatusIndicator>
    )
  return state === 'uploading' ? (
    <ProgressBar
      variant="standalone"
      value={percent}
      ariaLabel={`${uploadStates.uploading.text}, dock ${dockSn}`}
    />
  ) : (
    <UploadStatus state={state} />
  )
}

const PresenceCell = ({ dock: { presence, lastHeardAt } }: { dock: Dock }) => (
  <>
    <PresenceIndicator state={presence?.state} />
    {lastHeardAt && (
      <Box fontSize="body-s" color="text-body-secondary">
        logs reported <Ago at={lastHeardAt} />
      </Box>
    )}
  </>
)

const columns: TableProps.ColumnDefinition<Dock>[] = [
  {
    id: 'dockSn',
    header: 'Dock',
    isRowHeader: true,
    cell: ({ dockSn }) => <Link href={`/docks/${dockSn}`}>{dockSn}</Link>,
  },
  { id: 'name', header: 'Name', minWidth: 120, cell: ({ name }) => <Foreign text={name} short /> },
  {
    id: 'presence',
    header: 'Presence',
    cell: (dock) => <PresenceCell dock={dock} />,
  },
  { id: 'active', header: 'Upload', minWidth: 180, cell: (dock) => <NewestUpload dock={dock} /> },
  { id: 'aircraft', header: 'Aircraft', cell: ({ aircraftSn }) => aircraftSn ?? '–' },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet },
]

const nothingYet = (register: () => void, mayRegister: boolean) =>
  mayRegister ? (
    <Empty
      what="No dock is registered"
      next="Register the first one with the serial number on its label."
      action={<Button onClick={register}>Register a dock</Button>}
    />
  ) : (
    <Empty what="No dock is registered" next="Ask an administrator of all fleets to register your docks." />
  )

const descriptionFor = (grants: Grants): string =>
  grants.may('admin') && !grants.mayInAll('admin')
    ? 'Get logs from docks and their aircraft. An administrator of all fleets registers docks.'
    : 'Get logs from docks and their aircraft'

const presenceOptions = [
  { value: '', label: 'Any presence' },
  ...Object.entries(presenceStates).map(([value, { text: label }]) => ({ value, label })),
]

type PresenceFilterProps = {
  presence: PresenceState | undefined
  change: (presence: PresenceState | undefined) => void
}

const PresenceFilter = ({ presence, change }: PresenceFilterProps) => (
  <Choice
    ariaLabel="Presence"
    options={presenceOptions}
    chosen={presence}
    choose={(value) => change(isPresenceState(value) ? value : undefined)}
  />
)

/** The docks that match the search; the API does not search, so all are read once a search begins. */
const useShown = (text: string, presence: PresenceState | undefined) => {
  const page = useDockPage(text === '', presence)
  const search = useDockSearch(text, presence)
  const [index, setIndex] = useState(1)
  if (text === '') return { ...page, found: undefined }
  const last = Math.max(1, Math.ceil(search.items.length / pageSize))
  const current = Math.min(index, last)
  return {
    ...search,
    isLoading: search.isPending && !search.error,
    read: async () => ({ items: search.items }),
    items: search.items.slice((current - 1) * pageSize, current * pageSize),
    control: (
      <Pagination
        currentPageIndex={current}
        pagesCount={last}
        onChange={({ detail }) => setIndex(detail.currentPageIndex)}
      />
    ),
    found: search.items.length,
  }
}

/** The API's limit of docks by name in one request. */
const mostCollected = 200

const Collect = ({ docks, ask }: { docks: readonly Dock[]; ask: () => void }) => (
  <Button
    disabled={docks.length === 0 || docks.length > mostCollected}
    disabledReason={
      docks.length === 0
        ? 'Select docks first'
        : `Select at most ${mostCollected}. For more, run a collection for their fleet.`
    }
    onClick={ask}
  >
    Collect from these docks{docks.length > 0 ? ` (${docks.length})` : ''}
  </Button>
)

/** All docks that the user may see. */
export const DocksPage = () => {
  const [{ find: text = '', presence: named }, setFilters] = useAddressed('find', 'presence')
  const presence = isPresenceState(named) ? named : undefined
  // Typing adds no entries to the browser history.
  const setText = (find: string) =>
    setFilters({ find, ...(named ? { presence: named } : {}) }, { replace: true })
  const setPresence = (next: PresenceState | undefined) =>
    setFilters({ find: text, ...(next ? { presence: next } : {}) })
  const [registering, setRegistering] = useState(false)
  const { grants } = useSession()
  const list = useShown(text.trim().toLowerCase(), presence)
  const { items, found, error, refetch } = list
  const [selected, setSelected] = useState<readonly Dock[]>([])
  const [collecting, setCollecting] = useState(false)
  const mayCollect = grants.may('operate')
  const mayRegister = grants.mayInAll('admin')
  const register = () => setRegistering(true)
  const header = (
    <ListHeader
      title="Docks"
      description={descriptionFor(grants)}
      read={list}
      csv={{ name: 'docks', read: list.read }}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {mayCollect && <SeveralButton docks={selected} />}
          {mayCollect && <Collect docks={selected} ask={() => setCollecting(true)} />}
          {mayRegister && <Button onClick={register}>Register a dock</Button>}
        </SpaceBetween>
      }
    />
  )
  const clear = () => setFilters({})
  const empty =
    text || presence ? (
      <Empty
        what="No dock matches"
        next="Search for part of a serial number, a name or a fleet, with any presence."
        action={<Button onClick={clear}>Clear the search</Button>}
      />
    ) : (
      nothingYet(register, mayRegister)
    )
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <List
        first="presence"
        header={header}
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <TextFilter
              filteringText={text}
              filteringPlaceholder="Find docks"
              filteringAriaLabel="Find docks"
              countText={found === undefined ? '' : count(found, 'match', 'matches')}
              onChange={({ detail }) => setText(detail.filteringText)}
            />
            <PresenceFilter presence={presence} change={setPresence} />
          </SpaceBetween>
        }
        pagination={list.control}
        columnDefinitions={columns}
        items={items}
        trackBy="dockSn"
        {...(mayCollect ? { selectionType: 'multi' as const } : {})}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        ariaLabels={{
          tableLabel: 'Docks',
          selectionGroupLabel: 'Docks to collect from',
          allItemsSelectionLabel: () => 'Select all docks shown here',
          itemSelectionLabel: (_, { dockSn }) => `Select ${dockSn}`,
        }}
        loading={list.isLoading}
        loadingText="Loading docks"
        empty={empty}
      />
      {collecting && (
        <ErrorBoundary>
          <Suspense>
            <CollectDialog
              docks={selected}
              close={() => setCollecting(false)}
              started={() => setSelected([])}
            />
          </Suspense>
        </ErrorBoundary>
      )}
      {registering && <RegisterDock close={() => setRegistering(false)} />}
    </SpaceBetween>
  )
}
