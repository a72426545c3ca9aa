import Select from '@cloudscape-design/components/select'

type Props = {
  /** The first option, with an empty value, is "any". */
  options: readonly { value: string; label: string }[]
  chosen: string | undefined
  choose: (value: string | undefined) => void
  ariaLabel?: string
}

/** A filter with a few options. An address may name several values, which are shown as one. */
export const Choice = ({ options, chosen = '', choose, ariaLabel }: Props) => {
  const labelOf = (one: string): string => options.find(({ value }) => value === one)?.label ?? one
  return (
    <Select
      {...(ariaLabel ? { ariaLabel } : {})}
      selectedOption={
        options.find(({ value }) => value === chosen) ?? {
          value: chosen,
          label: chosen.split(',').map(labelOf).join(', '),
        }
      }
      options={options}
      onChange={({ detail }) => choose(detail.selectedOption.value || undefined)}
    />
  )
}
