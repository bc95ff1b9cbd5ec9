import { streamJobEvents } from '@kernelcast/api-client';
import { Box, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';

const HEIGHT = 220;

interface Curve {
  steps: number[];
  losses: number[];
}

/** Follows a job's `step` events over SSE while the component is shown. */
const useLossCurve = (jobId: string): { curve: Curve; failed?: string } => {
  const [curve, setCurve] = useState<Curve>({ steps: [], losses: [] });
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    const stop = new AbortController();
    const follow = async () => {
      for await (const event of streamJobEvents({ baseUrl: '', jobId, signal: stop.signal })) {
        const { step, loss } = event.data;
        if (event.type !== 'step' || typeof step !== 'number' || typeof loss !== 'number') continue;
        // A job that resumed from a checkpoint repeats steps: the later run replaces the earlier.
        setCurve(({ steps, losses }) => {
          const keep = steps.findIndex((known) => known >= step);
          const end = keep === -1 ? steps.length : keep;
          return { steps: [...steps.slice(0, end), step], losses: [...losses.slice(0, end), loss] };
        });
      }
    };
    follow().catch((error: unknown) => setFailed(error instanceof Error ? error.message : String(error)));
    return () => stop.abort();
  }, [jobId]);
  return { curve, failed };
};

const axis = (label: string): uPlot.Axis => ({ label, stroke: '#868e96', grid: { stroke: 'rgba(134,142,150,0.25)' } });

/** A job's training loss over its steps, live. */
export const JobCurve = ({ jobId }: { jobId: string }) => {
  const { curve, failed } = useLossCurve(jobId);
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const options: uPlot.Options = {
      width: element.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false } },
      axes: [axis('step'), axis('loss')],
      series: [{ label: 'step' }, { label: 'loss', stroke: '#228be6', width: 2 }],
    };
    plot.current = new uPlot(options, [[], []], element);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData([curve.steps, curve.losses]), [curve]);
  return (
    <Box p="sm">
      {failed && <Text c="red">{failed}</Text>}
      <div ref={host} role="img" aria-label={`Loss curve, ${curve.steps.length} points`} />
    </Box>
  );
};
