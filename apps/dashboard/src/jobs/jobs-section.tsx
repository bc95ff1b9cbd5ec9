import { listTrainingJobs, type ListTrainingJobsResponse } from '@kernelcast/api-client';
import { Badge, Button, Collapse, Progress, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { client, LIVE_MS } from '../shared/client.js';
import { ago, percent } from '../shared/format.js';
import { Section } from '../shared/section.js';
import { JobCurve } from './job-curve.js';

type Job = ListTrainingJobsResponse['data'][number];

const COLOURS: Record<Job['state'], string> = {
  queued: 'gray',
  running: 'blue',
  evaluating: 'violet',
  succeeded: 'green',
  paused: 'yellow',
  cancelled: 'gray',
  failed: 'red',
};

const share = ({ progress, state }: Job): number => {
  if (state === 'succeeded' || state === 'evaluating') return 1;
  return progress && progress.steps > 0 ? progress.step / progress.steps : 0;
};

/** What the job is about: its task, or the base network that it is to make. */
const subject = ({ taskName, outputName }: Job): string => taskName ?? outputName ?? '–';

const fewShotAccuracy = ({ metaMetrics }: Job): string | undefined =>
  metaMetrics?.results.map(({ ways, shots, accuracy }) => `${ways}-way ${shots}-shot ${percent(accuracy)}`).join(', ');

const Outcome = ({ job }: { job: Job }) => {
  if (job.error) return <Text size="sm">{job.error.message}</Text>;
  if (job.metaMetrics) return <Text size="sm">accuracy {fewShotAccuracy(job)}</Text>;
  if (job.metrics) return <Text size="sm">accuracy {percent(job.metrics.top1)}</Text>;
  if (job.state === 'queued') return <Text size="sm">place {job.queuePosition ?? '–'} in the queue</Text>;
  if (job.estimatedFinishAt) return <Text size="sm">ends {ago(job.estimatedFinishAt)}</Text>;
  return <Text size="sm">–</Text>;
};

const JobProgress = ({ job }: { job: Job }) => (
  <Stack gap={4}>
    <Progress
      value={share(job) * 100}
      color={COLOURS[job.state]}
      animated={job.state === 'running'}
      aria-label={`Progress of ${subject(job)} ${job.method}`}
    />
    <Text size="xs" c="dimmed">
      {job.progress ? `step ${job.progress.step} of ${job.progress.steps}` : 'not started'}
      {job.loss !== null && ` · loss ${job.loss.toFixed(3)}`}
      {job.attempt > 1 && ` · attempt ${job.attempt}`}
    </Text>
  </Stack>
);

const JobRow = ({ job, open, onToggle }: { job: Job; open: boolean; onToggle: () => void }) => (
  <Fragment>
    <Table.Tr>
      <Table.Td>
        <Text fw={600}>{subject(job)}</Text>
        <Text size="xs" c="dimmed">
          {job.id}
        </Text>
      </Table.Td>
      <Table.Td>
        {job.method}
        {job.scenario !== 'transfer' && ` (${job.scenario})`}
      </Table.Td>
      <Table.Td>
        <Badge color={COLOURS[job.state]} variant="light" autoContrast>
          {job.state}
        </Badge>
      </Table.Td>
      <Table.Td miw={180}>
        <JobProgress job={job} />
      </Table.Td>
      <Table.Td>
        <Outcome job={job} />
      </Table.Td>
      <Table.Td>{ago(job.createdAt)}</Table.Td>
      <Table.Td>
        <Button size="xs" variant="default" onClick={onToggle} aria-expanded={open}>
          {open ? 'Hide curve' : 'Curve'}
        </Button>
      </Table.Td>
    </Table.Tr>
    <Table.Tr>
      <Table.Td colSpan={7} p={0}>
        <Collapse expanded={open}>{open && <JobCurve jobId={job.id} />}</Collapse>
      </Table.Td>
    </Table.Tr>
  </Fragment>
);

/** Training jobs with live progress; one of them may be opened to see its loss curve. */
export const JobsSection = () => {
  const [open, setOpen] = useState<string>();
  const query = useQuery({
    queryKey: ['jobs'],
    queryFn: async () => (await listTrainingJobs({ client, throwOnError: true, query: { limit: 50 } })).data,
    refetchInterval: LIVE_MS,
  });
  return (
    <Section
      title="Training jobs"
      query={query}
      empty="No job yet. Submit one with POST /v1/training-jobs, or run the demo."
    >
      {(jobs) => (
        <ScrollArea>
          <Table miw={860} verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                {['Task', 'Method', 'State', 'Progress', 'Outcome', 'Submitted', 'Details'].map((title) => (
                  <Table.Th key={title}>{title}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {jobs.map((job) => (
                <JobRow
                  key={job.id}
                  job={job}
                  open={open === job.id}
                  onToggle={() => setOpen(open === job.id ? undefined : job.id)}
                />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Section>
  );
};
