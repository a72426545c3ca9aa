/**
 * The changes of a form: only the edited fields, so that other people's changes meanwhile stay. An emptied
 * field removes its value. Pure.
 */
export const changesOf = <Name extends string>(
  before: Readonly<Record<Name, string>>,
  typed: Readonly<Record<Name, string>>,
  names: readonly Name[],
): Partial<Record<Name, string | null>> => {
  const changes: Partial<Record<Name, string | null>> = {}
  for (const name of names) {
    const value = typed[name].trim()
    if (value !== before[name]) changes[name] = value === '' ? null : value
  }
  return changes
}

/** The fields that are not empty. */
export const givenOf = <Name extends string>(
  typed: Readonly<Record<Name, string>>,
  names: readonly Name[],
): Partial<Record<Name, string>> => {
  const given: Partial<Record<Name, string>> = {}
  for (const name of names) if (typed[name].trim() !== '') given[name] = typed[name].trim()
  return given
}
