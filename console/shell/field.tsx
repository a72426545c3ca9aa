import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'

type Props = {
  label: string
  hint?: string
  fault: string | undefined
  value: string
  set: (value: string) => void
  /** Whether it has several lines. */
  many?: boolean
  numeric?: boolean
  /** Whether it has the initial focus. */
  isFirst?: boolean
}

/** A text field, with its fault. */
export const Field = ({
  label,
  hint = '',
  fault = '',
  value,
  set,
  many = false,
  numeric = false,
  isFirst = false,
}: Props) => (
  <FormField label={label} constraintText={hint} errorText={fault}>
    {many ? (
      <Textarea rows={4} autoFocus={isFirst} value={value} onChange={({ detail }) => set(detail.value)} />
    ) : (
      <Input
        autoFocus={isFirst}
        value={value}
        {...(numeric ? { inputMode: 'decimal' } : {})}
        onChange={({ detail }) => set(detail.value.trimStart())}
      />
    )}
  </FormField>
)
