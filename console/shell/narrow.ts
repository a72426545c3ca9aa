import { useCallback, useSyncExternalStore } from 'react'

/**
 * Below this width a table would show only its first columns, so lists are cards. Cloudscape's breakpoint
 * `xs`.
 */
const narrow = matchMedia('(max-width: 688px)')

/** Whether the window matches the query, updated on changes. */
export const useMatch = (query: MediaQueryList): boolean => {
  const subscribe = useCallback(
    (changed: () => void) => {
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    [query],
  )
  return useSyncExternalStore(subscribe, () => query.matches)
}

/** Whether the page is as narrow as a telephone. */
export const useNarrow = (): boolean => useMatch(narrow)
