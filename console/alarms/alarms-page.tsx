import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useAddressed } from '../shell/address.ts'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { TextField } from '../shell/text-field.tsx'
import { alarmColumns } from './alarm-columns.tsx'
import { AlarmStateFilter } from './alarm-state-filter.tsx'
import { useAlarms } from './use-alarms.ts'
import { type AlarmState, alarmKey, isAlarmState } from './words.ts'

/** The address value for both standing and cleared alarms. */
const everyAlarm = 'all'

/** Alarms of all docks that the user may see, and of their aircraft, newest first. */
export const AlarmsPage = () => {
  const [{ state: named, fleet }, setFilters] = useAddressed('state', 'fleet')
  // Standing alarms are the default, so the address names "all" explicitly.
  const state = named === everyAlarm ? undefined : isAlarmState(named) ? named : 'standing'
  const list = useAlarms({ ...(fleet ? { fleet } : {}), ...(state ? { state } : {}) })
  const filter = (next: { state?: AlarmState | undefined; fleet?: string | undefined }) =>
    setFilters({
      ...(next.fleet ? { fleet: next.fleet } : {}),
      ...(next.state === 'standing' ? {} : { state: next.state ?? everyAlarm }),
    })
  return (
    <ListPage
      list={list}
      title="Alarms"
      description="Alarms of docks and their aircraft; a dock’s alarm page also shows the logs around each"
      filter={
        <SpaceBetween direction="horizontal" size="s" alignItems="end">
          <AlarmStateFilter state={state} change={(next) => filter({ fleet, state: next })} />
          <TextField label="Fleet" given={fleet} found={(next) => filter({ state, fleet: next })} />
        </SpaceBetween>
      }
      columns={alarmColumns(true)}
      trackBy={alarmKey}
      empty={
        state || fleet ? (
          <Empty
            what={state === 'standing' && !fleet ? 'No standing alarms' : 'No alarm matches'}
            next="Nothing to do. Cleared alarms are kept, too."
            action={<Button onClick={() => filter({})}>Show all alarms</Button>}
          />
        ) : (
          <Empty
            what="No dock has raised an alarm"
            next="Nothing to do. Alarms of docks and aircraft are kept here."
          />
        )
      }
    />
  )
}
