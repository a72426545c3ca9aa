import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'

/** Shown if not even the configuration could be read. */
export const StartFailure = () => (
  <main className="sign-in">
    <Alert
      type="error"
      header="The console could not start"
      action={<Button onClick={() => location.reload()}>Try again</Button>}
    >
      The backend or the sign-in service does not answer. Check your connection and try again.
    </Alert>
  </main>
)
