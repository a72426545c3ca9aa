import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Campaign } from '../api/records.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { count } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { mostOf, plane, stepsOf, upTo } from './curve-shape.ts'
import { isMoving } from './rollout-words.tsx'
import { useCurve } from './use-rollout.ts'

/** Confirmed and failed devices over time. */
export const Curve = ({ campaign }: { campaign: Campaign }) => {
  const { phases = [] } = campaign
  const { data, error, refetch } = useCurve(campaign)
  const kept = data?.points ?? []
  const points = isMoving(campaign) ? upTo(kept, phases, new Date().toISOString()) : kept
  const [first, last] = [points[0], points.at(-1)]
  const all = phases.reduce((sum, { size }) => sum + size, 0)
  const most = mostOf(points, all)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!first || !last) return null
  const summary = `${count(last.confirmed, 'device')} confirmed and ${count(last.failed, 'device')} failed, of ${most.toLocaleString('en')}`
  return (
    <Container header={<Header variant="h2">Over time</Header>}>
      <SpaceBetween size="xs">
        <div className="curve">
          <Box color="text-body-secondary" fontSize="body-s">
            {count(most, 'device')}
          </Box>
          <svg
            viewBox={`0 -4 ${plane.width} ${plane.height + 8}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={summary}
          >
            <path className="curve-frame" d={`M0 0H${plane.width}M0 ${plane.height}H${plane.width}`} />
            <path className="curve-confirmed" d={stepsOf(points, 'confirmed', most)} />
            <path className="curve-failed" d={stepsOf(points, 'failed', most)} />
          </svg>
          <div className="curve-times">
            <Box color="text-body-secondary" fontSize="body-s">
              <Time at={first.at} />
            </Box>
            <Box color="text-body-secondary" fontSize="body-s">
              <Time at={last.at} />
            </Box>
          </div>
        </div>
        <SpaceBetween direction="horizontal" size="l">
          <span>
            <span className="state-swatch state-succeeded" />
            {last.confirmed.toLocaleString('en')} confirmed
          </span>
          <span>
            <span className="state-swatch state-failed" />
            {last.failed.toLocaleString('en')} failed
          </span>
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  )
}
