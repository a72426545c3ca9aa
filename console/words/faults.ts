/** Validates form input before the API does. Pure. */

/** A typed number; undefined if it is invalid, or not within the limits. */
export const numberIn = (text: string, least: number, most: number, decimals = 0): number | undefined => {
  if (!new RegExp(`^\\d{1,7}${decimals > 0 ? `(\\.\\d{1,${decimals}})?` : ''}$`).test(text.trim()))
    return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}

/** The faults of form input, by field; of a phase `{key}.{field}`. */
export type Faults = Readonly<Record<string, string>>

export const whole = (least: number, most: number): string =>
  `Type a whole number from ${least} to ${most.toLocaleString('en')}.`

export const percent = (least: number): string => `Type a percentage from ${least} to 100.`
export const isMissing = 'Required.'

type Checked = readonly (readonly [field: string, isRight: boolean, fault: string])[]

export const faultsIn = (checked: Checked): Faults =>
  Object.fromEntries(checked.filter(([, isRight]) => !isRight).map(([field, , fault]) => [field, fault]))
