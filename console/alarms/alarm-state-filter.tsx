import { Choice } from '../shell/choice.tsx'
import { type AlarmState, alarmStates, isAlarmState } from './words.ts'

const options = [
  { value: '', label: 'Standing and cleared' },
  { value: 'standing', label: 'Standing' },
  { value: 'cleared', label: alarmStates.cleared.text },
]

type Props = { state: AlarmState | undefined; change: (state: AlarmState | undefined) => void }

export const AlarmStateFilter = ({ state, change }: Props) => (
  <Choice
    ariaLabel="State of the alarms"
    options={options}
    chosen={state}
    choose={(value) => change(isAlarmState(value) ? value : undefined)}
  />
)
