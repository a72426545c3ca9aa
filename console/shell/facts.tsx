import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs'

/** So wide that a serial number is not broken; where there is less room, values are below each other. */
const columnPx = 170

/** What is known of something, value by value. */
export const Facts = (props: KeyValuePairsProps) => <KeyValuePairs minColumnWidth={columnPx} {...props} />
