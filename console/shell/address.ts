import { useSearchParams } from 'react-router'

/** A page's filters are in its address: it can be sent to somebody, and Back restores it. */

export type Narrowed<Name extends string> = Partial<Record<Name, string>>

/**
 * The filters with these names in the address, and a function to change them: empty ones are removed, other
 * parameters stay, except the place in the list, which starts over.
 */
export const useAddressed = <Name extends string>(
  ...names: readonly Name[]
): [Narrowed<Name>, (next: Narrowed<Name>, how?: { replace: boolean }) => void] => {
  const [params, setParams] = useSearchParams()
  const found: Narrowed<Name> = {}
  for (const name of names) {
    const value = params.get(name)
    if (value) found[name] = value
  }
  const change = (next: Narrowed<Name>, how: { replace: boolean } = { replace: false }) =>
    setParams((before) => {
      const after = new URLSearchParams(before)
      for (const name of [...names, cursorName]) after.delete(name)
      for (const name of names) if (next[name]) after.set(name, next[name])
      return after
    }, how)
  return [found, change]
}

/** The parameter for the place in a page's list. */
export const cursorName = 'cursor'
