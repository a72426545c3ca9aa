import Box from '@cloudscape-design/components/box'
import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker'
import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useReplay } from './use-webhooks.ts'

type Range = DateRangePickerProps.Value

const secondsIn: Record<DateRangePickerProps.TimeUnit, number> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 30 * 86_400,
  year: 365 * 86_400,
}

const options: readonly DateRangePickerProps.RelativeOption[] = [
  { key: 'hour', amount: 1, unit: 'hour', type: 'relative' },
  { key: 'day', amount: 24, unit: 'hour', type: 'relative' },
  { key: 'week', amount: 7, unit: 'day', type: 'relative' },
  { key: 'all', amount: 30, unit: 'day', type: 'relative' },
]
const [lastHour = null] = options

/** The selected time span, as of now. */
const spanOf = (range: Range) => {
  if (range.type === 'absolute')
    return {
      from: new Date(range.startDate).toISOString(),
      to: new Date(range.endDate).toISOString(),
    }
  const now = Date.now()
  const from = new Date(now - range.amount * secondsIn[range.unit] * 1000)
  return { from: from.toISOString(), to: new Date(now).toISOString() }
}

const valid: DateRangePickerProps.ValidationResult = { valid: true }

const check = (range: Range | null): DateRangePickerProps.ValidationResult => {
  if (range === null) return { valid: false, errorMessage: 'Choose a time.' }
  const isOrdered = range.type === 'relative' || Date.parse(range.startDate) < Date.parse(range.endDate)
  return isOrdered ? valid : { valid: false, errorMessage: 'The end is before the start.' }
}

/** The dialog for the time span of a replay. */
export const ReplayDialog = ({ id, close }: { id: string; close: () => void }) => {
  const [range, setRange] = useState<Range | null>(lastHour)
  const replay = useReplay(id)
  return (
    <FormDialog
      title="Send again"
      answer="Send again"
      isReady={range !== null}
      busy={replay.isPending}
      submit={() => range && replay.mutate(spanOf(range), { onSettled: close })}
      close={close}
    >
      <Box>
        This webhook’s deliveries of this time are sent once more, with the same ids: a receiver that
        remembers ids does nothing twice. Deliveries are kept for 30 days. Events from before the webhook are
        not sent.
      </Box>
      <FormField label="Events of">
        <DateRangePicker
          value={range}
          relativeOptions={[...options]}
          isValidRange={check}
          absoluteFormat="long-localized"
          placeholder="Choose a time"
          onChange={({ detail }) => setRange(detail.value)}
        />
      </FormField>
    </FormDialog>
  )
}
