import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Overview } from '../api/records.ts'

/** Uploads and upgrades of the last days, as two small charts. */

type Day = Overview['days'][number]
type What = 'uploads' | 'upgrades'

const plane = { height: 96, bar: 28, gap: 12 }
const name = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' })
const nameOf = (day: string): string => name.format(new Date(`${day}T00:00:00Z`))
const textOf = ({ succeeded, unsuccessful }: Day[What]): string =>
  `${succeeded.toLocaleString('en')} succeeded, ${unsuccessful.toLocaleString('en')} did not`

const Bar = ({ ends, most, x }: { ends: Day[What]; most: number; x: number }) => {
  const tall = (count: number) => (count / most) * plane.height
  const good = tall(ends.succeeded)
  const bad = tall(ends.unsuccessful)
  return (
    <>
      <rect className="days-good" x={x} y={plane.height - good} width={plane.bar} height={good} />
      <rect className="days-bad" x={x} y={plane.height - good - bad} width={plane.bar} height={bad} />
    </>
  )
}

const Chart = ({ title, of, what }: { title: string; of: readonly Day[]; what: What }) => {
  const most = Math.max(1, ...of.map((day) => day[what].succeeded + day[what].unsuccessful))
  const width = of.length * (plane.bar + plane.gap)
  const words = of.map((day) => `${nameOf(day.day)}: ${textOf(day[what])}`).join('; ')
  return (
    <div className="days">
      <Box variant="h3">{title}</Box>
      <Box color="text-body-secondary" fontSize="body-s">
        {most.toLocaleString('en')} at most
      </Box>
      <svg viewBox={`0 0 ${width} ${plane.height + 18}`} role="img" aria-label={`${title}. ${words}`}>
        <path className="curve-frame" d={`M0 0H${width}M0 ${plane.height}H${width}`} />
        {of.map((day, n) => (
          <g key={day.day}>
            <title>{`${day.day}: ${textOf(day[what])}`}</title>
            <Bar ends={day[what]} most={most} x={n * (plane.bar + plane.gap) + plane.gap / 2} />
            <text x={n * (plane.bar + plane.gap) + plane.gap / 2 + plane.bar / 2} y={plane.height + 14}>
              {nameOf(day.day)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}

export const Days = ({ of }: { of: readonly Day[] }) => (
  <Container
    header={
      <Header variant="h2" description="Days in UTC">
        The last seven days
      </Header>
    }
  >
    <SpaceBetween size="s">
      <ColumnLayout columns={2}>
        <Chart title="Uploads, by their start" of={of} what="uploads" />
        <Chart title="Upgrades, by their end" of={of} what="upgrades" />
      </ColumnLayout>
      <SpaceBetween direction="horizontal" size="l">
        <span>
          <span className="state-swatch state-succeeded" />
          Succeeded
        </span>
        <span>
          <span className="state-swatch state-failed" />
          Did not
        </span>
      </SpaceBetween>
    </SpaceBetween>
  </Container>
)
