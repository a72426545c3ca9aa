import Link from '@cloudscape-design/components/link'
import type { Upload } from '../api/records.ts'
import { Time } from '../words/time.tsx'

const kinds = { retry: 'a retry', half: 'an upload of half of the logs', part: 'the next part' } as const

const TryLink = ({ dockSn, id, children }: { dockSn: string; id: string; children: string }) => (
  <Link href={`/docks/${dockSn}/uploads/${id}`}>{children}</Link>
)

/** The other uploads of the series: the first one, and those that follow. */
export const Tries = ({
  upload: { dockSn, id, attempt, retryOf, retriedBy, latestTry, nextTry },
}: {
  upload: Upload
}) => (
  <>
    {attempt > 1 ? `upload ${attempt}` : 'first upload'}
    {retryOf && (
      <>
        {' of a series that began with '}
        <TryLink dockSn={dockSn} id={retryOf}>
          an earlier upload
        </TryLink>
      </>
    )}
    {latestTry && latestTry !== id ? (
      <>
        {', '}
        <TryLink dockSn={dockSn} id={latestTry}>
          continued by another upload
        </TryLink>
      </>
    ) : (
      retriedBy && (
        <>
          {', '}
          <TryLink dockSn={dockSn} id={retriedBy}>
            continued by another upload
          </TryLink>
        </>
      )
    )}
    {nextTry && (
      <>
        {`, ${kinds[nextTry.kind]} follows automatically at `}
        <Time at={nextTry.at} />
      </>
    )}
  </>
)
