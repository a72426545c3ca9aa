import Button from '@cloudscape-design/components/button'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { everything, type PageQuery } from '../api/full-page.ts'
import type { Page } from '../api/records.ts'
import { csvOfRecords } from '../words/csv.ts'
import { useNotifications } from './notifications.tsx'
import { save } from './save.ts'

/** The exported data: the whole filtered list, not only the shown page. */
export type Exported = {
  /** The file's name without `.csv`. */
  name: string
  read: (query: PageQuery) => Promise<Page<object>>
}

/** Saves a list as CSV, every field of each record, page by page, of any length. */
export const ExportCsv = ({ name, read }: Exported) => {
  const { fail } = useNotifications()
  const [count, setCount] = useState(0)
  const exporting = useMutation({
    mutationFn: async () => {
      setCount(0)
      save(`${name}.csv`, 'text/csv', csvOfRecords(await everything(read, setCount)))
    },
    onError: fail,
  })
  return (
    <Button
      iconName="download"
      ariaLabel={`Export ${name} as CSV`}
      loading={exporting.isPending}
      loadingText={`${count.toLocaleString('en')} read`}
      onClick={() => exporting.mutate()}
    >
      CSV
    </Button>
  )
}
