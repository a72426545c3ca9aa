import { useSyncExternalStore } from 'react'

/** Below this width a table shows its first columns alone: lists are cards there. Cloudscape's breakpoint `xs`. */
const narrow = matchMedia('(max-width: 688px)')

const subscribe = (changed: () => void): (() => void) => {
  narrow.addEventListener('change', changed)
  return () => narrow.removeEventListener('change', changed)
}

/** Whether the page is as narrow as a telephone. */
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches)
