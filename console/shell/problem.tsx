import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { ApiError, whatToTry } from '../api/problem.ts'
import { escaped, Foreign } from '../words/foreign.tsx'

/** Where the console shows a record that the API names by its own address. */
const shownAt = (href: string | undefined): string | undefined =>
  href?.replace(/^\/v1\/(docks\/[^/]+)\/log-(uploads\/[^/]+)$/, '/$1/$2')

type Told = { detail: string | undefined; advice: string; href?: string | undefined }

/** What exactly was wrong, and below it what to try, and what stands in the way. */
export const ProblemText = ({ detail, advice, href }: Told) => (
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
      <Link href={shownAt(href) ?? href} color="inverted">
        Show what stands in the way
      </Link>
    )}
  </>
)

/** In place of what could not be read. */
export const ProblemAlert = ({ error, retry }: { error: unknown; retry?: () => void }) => (
  <Alert
    type="error"
    header={error instanceof ApiError ? escaped(error.title) : 'Something went wrong on this page'}
    action={retry && <Button onClick={retry}>Try again</Button>}
  >
    <ProblemText detail={error instanceof ApiError ? error.detail : undefined} advice={whatToTry(error)} />
  </Alert>
)
