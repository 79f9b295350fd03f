import { type Command, InvalidArgumentError } from 'commander';
import { checkDeployment } from '../doctor/check-deployment.ts';
import type { CheckResult } from '../doctor/check-result.ts';
import { readDeployment } from '../doctor/deployment.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';

const HELP = `
What is wrong comes first, a line each with its mend. Exit code 0 says that all
of it is right; 1 that something is wrong or could not be read. It only
reads, with the ordinary AWS variables and profiles (AWS_PROFILE, AWS_REGION …):
  cloudformation:DescribeStacks and ListStackResources
  cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors
  events:DescribeRule, ListTargetsByRule and DescribeEventBus
  sqs:GetQueueAttributes
  s3:GetBucketNotification, of the log bucket
  lambda:GetFunctionConfiguration, GetFunctionConcurrency and
    GetEventSourceMapping
  dynamodb:DescribeTable, DescribeContinuousBackups and DescribeTimeToLive`;

interface DoctorOptions {
  readonly stack: string;
  readonly region?: string;
  readonly spoke?: true;
  readonly bus?: string;
  readonly admits?: readonly string[];
  readonly json?: true;
}

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('Check a deployed account and Region: what is wrong, and how to mend it.')
    .option('--stack <name>', 'the CloudFormation stack', stackName, 'keytrail-prod')
    .option('--region <region>', 'where it is, instead of AWS_REGION', regionName)
    .option('--spoke', "it is a spoke, whose rules send to a hub's bus (found out where it has no functions)")
    .option(
      '--bus <arn>',
      "the hub's bus that the rules of a spoke must send to (default: what the stack was deployed with)",
      busArn,
    )
    .option(
      '--admits <id>',
      "an organisation or account that the hub's bus must take events from (repeatable; default: what the stack was deployed with)",
      organisationOrAccount,
    )
    .option('--json', 'print one object on stdout')
    .addHelpText('after', HELP)
    .addHelpText('after', examples('keytrail doctor --stack keytrail-prod --region us-east-1'))
    .action(async (options: DoctorOptions) => {
      const { stack, region, spoke, bus, json } = options;
      const deployment = await readDeployment({
        stackName: stack,
        admits: options.admits ?? [],
        ...(region === undefined ? {} : { region }),
      });
      const hubBusArn = bus ?? deployment.hubBusArn;
      const findings = checkDeployment(deployment, {
        isSpoke: spoke === true || hubBusArn !== undefined,
        admits: deployment.admits,
        ...(hubBusArn === undefined ? {} : { hubBusArn }),
      });
      const { accountId: account } = deployment;
      const place = { stack, ...(account === undefined ? {} : { account }), region: deployment.region };
      context.stdout.write(
        json === true
          ? `${terminalJson(JSON.stringify({ ...place, findings }))}\n`
          : wordsOf(place, findings),
      );
      if (findings.some(({ status }) => status !== 'ok')) context.fail();
    });
}

interface Place {
  readonly stack: string;
  readonly account?: string;
  readonly region: string;
}

const STATUSES = ['wrong', 'unknown', 'ok'] as const;

/** Escaped for a terminal: names and reasons are texts of others. */
function wordsOf({ stack, account, region }: Place, findings: readonly CheckResult[]): string {
  const lines = [`Stack ${stack} in ${account === undefined ? '' : `account ${account}, `}${region}:`];
  for (const status of STATUSES) {
    lines.push(...findings.filter((finding) => finding.status === status).map(lineOf));
  }
  const [wrong = 0, unknown = 0, ok = 0] = STATUSES.map(
    (status) => findings.filter((finding) => finding.status === status).length,
  );
  lines.push(`${wrong} wrong, ${unknown} unknown, ${ok} right.`);
  return `${lines.map(terminalText).join('\n')}\n`;
}

function lineOf(finding: CheckResult): string {
  const mend = finding.status === 'ok' ? '' : ` Mend: ${finding.mend}`;
  return `${finding.status.padEnd(7)} ${finding.sentence}${mend}`;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
function stackName(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(text)) return text;
  throw new InvalidArgumentError('A stack has up to 128 letters, digits and hyphens, a letter first.');
}

function regionName(text: string): string {
  if (/^[a-z]+(-[a-z]+)+-\d+$/.test(text)) return text;
  throw new InvalidArgumentError('It is not the name of a Region (us-east-1).');
}

function busArn(text: string): string {
  if (/^arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]+$/.test(text)) return text;
  throw new InvalidArgumentError('It is not the ARN of an event bus (arn:aws:events:…:event-bus/default).');
}

function organisationOrAccount(text: string, before: readonly string[] = []): readonly string[] {
  if (/^(\d{12}|o-[a-z0-9]{10,32})$/.test(text)) return [...before, text];
  throw new InvalidArgumentError(
    'It is neither the id of an organisation (o-…) nor of an account (12 digits).',
  );
}
