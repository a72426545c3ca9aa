import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import type { Campaign } from '../api/records.ts'
import { Facts } from '../shell/facts.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count, duration } from '../words/quantities.ts'
import type { CampaignSettings } from './draft.ts'

type Window = NonNullable<CampaignSettings['window']>

export const dayNames: Record<Window['days'][number], string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

/** `Mon, Tue from 01:30 for 3 h, each device’s own time` */
export const windowText = ({ days, from, minutes, timeZone }: Window): string =>
  `${days.length === 7 ? 'Every day' : days.map((day) => dayNames[day]).join(', ')} from ${from} for ${duration(minutes * 60)}, ${timeZone ?? 'each device’s own time'}`

export const retryText = ({ times, afterSeconds, codes }: NonNullable<CampaignSettings['retry']>): string =>
  `${count(times, 'time')}, ${duration(afterSeconds)} after a failure${codes ? `, for the codes ${codes.join(', ')}` : ''}`

export const selectText = ({
  models = [],
  versions = [],
  labels = {},
}: NonNullable<CampaignSettings['select']>): string =>
  [
    models.length > 0 ? `models ${models.join(', ')}` : '',
    versions.length > 0 ? `running ${versions.join(', ')}` : '',
    ...Object.entries(labels).map(([name, value]) => `${name}: ${value}`),
  ]
    .filter(Boolean)
    .join('; ') || 'all of its fleet'

/** The settings of a campaign. */
export const SettingsFacts = ({ campaign }: { campaign: Campaign }) => {
  const { packageId, window, pace, retry, select, chosen = 0, leftOut = 0 } = campaign
  const isDraft = campaign.state === 'draft'
  return (
    <Container header={<Header variant="h2">Settings</Header>}>
      <Facts
        columns={4}
        items={[
          { label: 'Package', value: <Link href={`/packages/${packageId}`}>{packageId}</Link> },
          {
            label: 'Selected by',
            value: <Foreign text={select ? selectText(select) : 'none'} />,
          },
          {
            label: 'Devices',
            value: isDraft ? 'not yet counted' : `${count(chosen, 'device')}, ${leftOut} in no phase`,
          },
          { label: 'Window', value: <Foreign text={window ? windowText(window) : 'always open'} /> },
          {
            label: 'Pace',
            value: pace ? `${count(pace.perMinute, 'offer')} a minute` : 'as fast as phases allow',
          },
          { label: 'Tried again', value: retry ? retryText(retry) : 'never' },
          { label: 'Counts as silent after', value: duration(campaign.timeoutSeconds) },
        ]}
      />
    </Container>
  )
}
