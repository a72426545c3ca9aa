import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'

/** The receiver's secret, shown only this once. */
export const SecretDialog = ({ secret, close }: { secret: string; close: () => void }) => (
  <Modal
    visible
    header="The secret of the webhook"
    onDismiss={close}
    closeAriaLabel="Close"
    footer={
      <Box float="right">
        <Button variant="primary" onClick={close}>
          Done
        </Button>
      </Box>
    }
  >
    <SpaceBetween size="m">
      <Box>Your receiver verifies with it. It is shown this once: nobody can look it up later.</Box>
      <Box variant="code">
        <CopyToClipboard
          variant="inline"
          textToCopy={secret}
          copyButtonAriaLabel="Copy the secret"
          copySuccessText="Copied"
          copyErrorText="Not copied"
        />
      </Box>
    </SpaceBetween>
  </Modal>
)
