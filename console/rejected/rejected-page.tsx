import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import type { RejectedMessage } from '../api/records.ts'
import { useAddressed } from '../shell/address.ts'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import { reasonName } from '../words/codes.ts'
import { escaped, Foreign } from '../words/foreign.tsx'
import { Ago } from '../words/time.tsx'

/** A sample as sent, with line breaks if it is JSON. */
const pretty = (sample: string): string => {
  try {
    return JSON.stringify(JSON.parse(sample), null, 2)
  } catch {
    return sample
  }
}

const Sample = ({ of: { source, sample } }: { of: RejectedMessage }) => (
  <Container
    header={
      <Header
        variant="h2"
        description="As it was sent, without secrets"
        actions={
          <CopyToClipboard
            copyButtonText="Copy"
            textToCopy={sample}
            copySuccessText="Copied"
            copyErrorText="Could not be copied"
          />
        }
      >
        Last sample from <Foreign text={source} />
      </Header>
    }
  >
    <Box variant="code">
      <pre className="sample">
        <Foreign text={pretty(sample)} block />
      </pre>
    </Box>
  </Container>
)

const nameOf = ({ source, reason, path }: RejectedMessage): string => `${source} ${reason} ${path}`

const columns = (choose: (source: string) => void): TableProps.ColumnDefinition<RejectedMessage>[] => [
  {
    id: 'source',
    header: 'Source',
    minWidth: 170,
    isRowHeader: true,
    cell: ({ source }) => (
      <Link onFollow={() => choose(source)}>
        <Foreign text={source} />
      </Link>
    ),
  },
  { id: 'reason', header: 'Reason', minWidth: 200, cell: ({ reason }) => reasonName(reason) },
  {
    id: 'path',
    header: 'Field',
    minWidth: 150,
    cell: ({ path }) =>
      path ? (
        <Box variant="code">
          <Foreign text={path} />
        </Box>
      ) : (
        'the whole message'
      ),
  },
  { id: 'count', header: 'Count', cell: ({ count }) => count.toLocaleString('en') },
  { id: 'last', header: 'Last seen', cell: ({ lastAt }) => <Ago at={lastAt} /> },
]

/** Messages of devices that could not be parsed, with what an integrator needs to fix a device. */
export const RejectedPage = () => {
  const [{ source = '' }, setFilters] = useAddressed('source')
  const [text, setText] = useState(source)
  const list = useList({
    key: ['rejected', source],
    path: '/v1/rejected-messages',
    narrowed: source ? { source } : {},
    paging: useAddressedPaging(),
    read: (page) =>
      must(
        api.GET('/v1/rejected-messages', { params: { query: { ...page, ...(source ? { source } : {}) } } }),
      ),
  })
  const setSource = (next: string) => setFilters({ source: next }, { replace: true })
  const [chosen, setChosen] = useState<RejectedMessage>()
  const { items } = list
  const shown = items.find((one) => chosen && nameOf(one) === nameOf(chosen)) ?? items[0]
  const show = (one: string) => {
    setText(one)
    setSource(one)
  }
  const empty = source ? (
    <Empty
      what={`Nothing from ${escaped(source)}`}
      next="Sources are complete serial numbers or device ids."
      action={<Button onClick={() => show('')}>Show all sources</Button>}
    />
  ) : (
    <Empty
      what="No rejected messages"
      next="Nothing to do. Messages that cannot be understood are kept here for 30 days."
    />
  )
  return (
    <ListPage
      list={list}
      rows="messages"
      file="rejected-messages"
      first="reason"
      title="Rejected messages"
      description="Messages that could not be understood, and why"
      filter={
        <TextFilter
          filteringText={text}
          filteringPlaceholder="Serial number or device id, then Enter"
          filteringAriaLabel="Source"
          onChange={({ detail }) => setText(detail.filteringText.trim())}
          onDelayedChange={({ detail }) => setSource(detail.filteringText.trim())}
        />
      }
      columns={columns(show)}
      trackBy={nameOf}
      selectionType="single"
      selectedItems={shown ? [shown] : []}
      onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0])}
      ariaLabels={{
        tableLabel: 'Rejected messages',
        selectionGroupLabel: 'Message whose sample is shown',
        itemSelectionLabel: (_, { source: from, reason }) =>
          `Show the sample from ${escaped(from)}: ${reasonName(reason)}`,
      }}
      empty={empty}
    >
      {shown && <Sample of={shown} />}
    </ListPage>
  )
}
