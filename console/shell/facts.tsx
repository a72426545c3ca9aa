import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs'

/** Wide enough for a serial number; with less space, values are stacked. */
const columnPx = 170

/** Facts about a record, as labels and values. */
export const Facts = (props: KeyValuePairsProps) => <KeyValuePairs minColumnWidth={columnPx} {...props} />
