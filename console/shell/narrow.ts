import { useCallback, useSyncExternalStore } from 'react'

/** Below this width a table shows its first columns alone: lists are cards there. Cloudscape's breakpoint `xs`. */
const narrow = matchMedia('(max-width: 688px)')

/** Whether the window is so, whenever that changes. */
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
