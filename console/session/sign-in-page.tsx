import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'

/** The page for a user who is not signed in; `ended`: after a session has expired. */
export const SignInPage = ({
  start,
  problem,
}: {
  start: () => Promise<void>
  problem?: string | undefined
}) => {
  const [going, setGoing] = useState(false)
  const [failure, setFailure] = useState(problem)
  const go = () => {
    setGoing(true)
    start().catch(() => {
      setGoing(false)
      setFailure('The sign-in page cannot be reached. Check your connection and try again.')
    })
  }
  return (
    <main className="sign-in">
      <Container header={<Header variant="h1">Groundcrew</Header>}>
        <SpaceBetween size="l">
          <Box>Logs of docks and aircraft, and upgrades of devices, in your own AWS account.</Box>
          {failure && <StatusIndicator type="error">{failure}</StatusIndicator>}
          <Button variant="primary" loading={going} onClick={go}>
            Sign in
          </Button>
        </SpaceBetween>
      </Container>
    </main>
  )
}
