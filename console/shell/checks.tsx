import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'

type Props<Value extends string> = {
  label: string
  hint?: string
  fault: string | undefined
  options: readonly { value: Value; label: string }[]
  chosen: readonly Value[]
  set: (chosen: Value[]) => void
}

/** Checkboxes for a few options, in their order, with the fault of the choice. */
export const Checks = <Value extends string>({ label, hint = '', fault = '', ...props }: Props<Value>) => {
  const { options, chosen, set } = props
  const values = options.map(({ value }) => value)
  const toggle = (value: Value, isOn: boolean) =>
    set(values.filter((one) => (one === value ? isOn : chosen.includes(one))))
  return (
    <FormField label={label} constraintText={hint} errorText={fault}>
      <SpaceBetween direction="horizontal" size="m">
        {options.map(({ value, label: text }) => (
          <Checkbox
            key={value}
            checked={chosen.includes(value)}
            onChange={({ detail }) => toggle(value, detail.checked)}
          >
            {text}
          </Checkbox>
        ))}
      </SpaceBetween>
    </FormField>
  )
}
