import Link from '@cloudscape-design/components/link'
import type { Upload } from '../api/records.ts'
import { Time } from '../words/time.tsx'

const kinds = { retry: 'another try', half: 'a try of half of it', part: 'the next part' } as const

const TryLink = ({ dockSn, id, children }: { dockSn: string; id: string; children: string }) => (
  <Link href={`/docks/${dockSn}/uploads/${id}`}>{children}</Link>
)

/** The relations of an upload: what it retries, and what retries it. */
export const Tries = ({
  upload: { dockSn, id, attempt, retryOf, retriedBy, latestTry, nextTry },
}: {
  upload: Upload
}) => (
  <>
    {attempt > 1 ? `try ${attempt}` : 'first try'}
    {retryOf && (
      <>
        {' of '}
        <TryLink dockSn={dockSn} id={retryOf}>
          an earlier upload
        </TryLink>
      </>
    )}
    {latestTry && latestTry !== id ? (
      <>
        {', '}
        <TryLink dockSn={dockSn} id={latestTry}>
          tried again
        </TryLink>
      </>
    ) : (
      retriedBy && (
        <>
          {', '}
          <TryLink dockSn={dockSn} id={retriedBy}>
            tried again
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
