import ColumnLayout from '@cloudscape-design/components/column-layout'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import type { Campaign } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { reasonName } from '../words/codes.ts'
import { Foreign } from '../words/foreign.tsx'

/** The reported versions of a campaign's devices, and the failures by reason. */
export const Counts = ({ campaign }: { campaign: Campaign }) => {
  const { versions, otherVersions, failures, targetVersion } = campaign
  const shown = [
    ...versions,
    ...(otherVersions > 0 ? [{ version: 'any other', devices: otherVersions }] : []),
  ]
  return (
    <ColumnLayout columns={2}>
      <Table
        variant="container"
        header={<Header variant="h2">Reported versions</Header>}
        columnDefinitions={[
          {
            id: 'version',
            header: 'Version',
            isRowHeader: true,
            cell: ({ version }) => (
              <>
                <Foreign text={version} short />
                {version === targetVersion && ' (target)'}
              </>
            ),
          },
          { id: 'devices', header: 'Devices', cell: ({ devices }) => devices.toLocaleString('en') },
        ]}
        items={shown}
        empty={<Empty what="No device has reported" next="Versions are counted as devices report them." />}
      />
      <Table
        variant="container"
        header={<Header variant="h2">Failures by reason</Header>}
        columnDefinitions={[
          {
            id: 'reason',
            header: 'Reason',
            isRowHeader: true,
            cell: ({ reason }) => reasonName(reason),
          },
          { id: 'devices', header: 'Devices', cell: ({ devices }) => devices.toLocaleString('en') },
        ]}
        items={failures}
        wrapLines
        empty={
          <Empty what="No device has failed" next="Reasons are grouped here, the most frequent first." />
        }
      />
    </ColumnLayout>
  )
}
