import Select from '@cloudscape-design/components/select'
import { type AlarmState, alarmStates, isAlarmState } from './words.ts'

const either = { value: '', label: 'Standing and cleared' }
const options = [
  either,
  { value: 'standing', label: 'Standing' },
  { value: 'cleared', label: alarmStates.cleared.text },
]

type Props = { state: AlarmState | undefined; change: (state: AlarmState | undefined) => void }

export const AlarmStateFilter = ({ state, change }: Props) => (
  <Select
    ariaLabel="State of the alarms"
    selectedOption={options.find(({ value }) => value === (state ?? '')) ?? either}
    options={options}
    onChange={({ detail: { selectedOption } }) =>
      change(isAlarmState(selectedOption.value) ? selectedOption.value : undefined)
    }
  />
)
