import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'

/** Shown instead of rows: what is missing, and what to do next. */
export const Empty = ({ what, next, action }: { what: string; next: ReactNode; action?: ReactNode }) => (
  <Box margin={{ vertical: 's' }} textAlign="center" color="inherit">
    <SpaceBetween size="xs">
      <Box variant="strong" color="inherit">
        {what}
      </Box>
      <Box color="text-body-secondary">{next}</Box>
      {action}
    </SpaceBetween>
  </Box>
)
