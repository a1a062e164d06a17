<?php
// A host in PHP that asks a child process.
//
//   php host.php policy.json < customers.jsonl
//
// reads one customer a line and prints the outcome and the reason of each.

declare(strict_types=1);

final class Deciding
{
    /** @var resource */
    private $child;
    /** @var array<int, resource> */
    private array $pipes = [];

    /** @param list<string> $command */
    public function __construct(string $policy, array $command = ['relmkt'])
    {
        $streams = [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR];
        $child = proc_open([...$command, 'decide', $policy], $streams, $this->pipes);
        if (!is_resource($child)) {
            throw new RuntimeException('the command cannot be started');
        }
        $this->child = $child;
    }

    /**
     * The answer on one customer; leave out what is not known.
     *
     * @param array<string, mixed> $facts
     * @return array<string, mixed>
     */
    public function ask(array $facts): array
    {
        fwrite($this->pipes[0], json_encode($facts, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION) . "\n");
        fflush($this->pipes[0]);
        $line = fgets($this->pipes[1]);
        if ($line === false) {
            throw new RuntimeException('the command has ended');
        }
        $answer = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
        if (isset($answer['error'])) {
            throw new InvalidArgumentException($answer['error']['message']);
        }
        return $answer;
    }

    /** Close its input: the command answers what it has, and ends. */
    public function close(): int
    {
        fclose($this->pipes[0]);
        fclose($this->pipes[1]);
        return proc_close($this->child);
    }
}

if (realpath($argv[0]) === __FILE__) {
    $command = getenv('RELMKT') ? explode("\n", getenv('RELMKT')) : ['relmkt'];
    $deciding = new Deciding($argv[1], $command);
    while (($line = fgets(STDIN)) !== false) {
        try {
            $found = $deciding->ask(json_decode($line, true, 512, JSON_THROW_ON_ERROR));
            echo "{$found['customer']}: {$found['outcome']}: {$found['reason']}\n";
        } catch (InvalidArgumentException $error) {
            echo "not decided: {$error->getMessage()}\n";
        }
    }
    $deciding->close();
}
