import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { ApiError, whatToTry } from '../api/problem.ts'
import { escaped, Foreign } from '../words/foreign.tsx'

/** The console's page for a record that the API names by its own address. */
const shownAt = (href: string | undefined): string | undefined =>
  href
    ?.replace(/^\/v1\/(docks\/[^/]+)\/log-(uploads\/[^/]+)$/, '/$1/$2')
    .replace(/^\/v1\/(devices\/[^/]+)\/upgrade-attempts\/[^/]+$/, '/$1')
    .replace(/^\/v1\/(docks\/[^/]+)\/debug-mode$/, '/$1')
    .replace(/^\/v1\/((?:campaigns|docks|devices)\/[^/]+)$/, '/$1')

type ProblemParts = {
  detail: string | undefined
  advice: string
  href?: string | undefined
  hrefs?: readonly string[]
}

/** The parts of an error. */
export const partsOf = (error: unknown): ProblemParts => ({
  advice: whatToTry(error),
  ...(error instanceof ApiError
    ? { detail: error.detail, href: error.href, hrefs: error.hrefs }
    : { detail: undefined }),
})

/** The exact fault, with the advice and a link to the record in the way. */
export const ProblemText = ({
  detail,
  advice,
  href,
  hrefs = [],
  color = 'normal',
}: ProblemParts & { color?: 'normal' | 'inverted' }) => (
  <>
    {detail && (
      <div>
        <Foreign text={detail} />
      </div>
    )}
    <Box color="inherit" fontWeight="bold">
      {advice}
    </Box>
    {href && (
      <Link href={shownAt(href) ?? href} color={color}>
        Show the conflicting record
      </Link>
    )}
    {hrefs.map((one) => (
      <div key={one}>
        <Link href={shownAt(one) ?? one} color={color}>
          {(shownAt(one) ?? one).split('/').filter(Boolean).join(' ')}
        </Link>
      </div>
    ))}
  </>
)

/** Shown instead of data that could not be read. */
export const ProblemAlert = ({ error, retry }: { error: unknown; retry?: () => void }) => (
  <Alert
    type="error"
    header={error instanceof ApiError ? escaped(error.title) : 'Something went wrong on this page'}
    action={retry && <Button onClick={retry}>Try again</Button>}
  >
    <ProblemText {...partsOf(error)} />
  </Alert>
)
