import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { ProblemAlert } from '../shell/problem.tsx'
import { count } from '../words/quantities.ts'
import { useDockAlarms } from './use-dock-alarms.ts'

/** A note about standing alarms of a dock or its aircraft, with a link; nothing without alarms. */
export const StandingAlarms = ({ dockSn }: { dockSn: string }) => {
  const { data, error, refetch } = useDockAlarms(dockSn, 'standing')
  if (error) return <ProblemAlert error={error} retry={refetch} />
  const alarms = data?.items ?? []
  if (alarms.length === 0) return null
  const isGrave = alarms.some(({ level }) => level === 'warning')
  return (
    <Alert
      type={isGrave ? 'warning' : 'info'}
      header={`${count(alarms.length, 'alarm')} of the dock or its aircraft`}
      action={<Button href={`/docks/${dockSn}/alarms`}>Show alarms</Button>}
    />
  )
}
