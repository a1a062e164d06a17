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
    private ?int $ended = null;

    /** @param list<string> $command */
    public function __construct(string $policy, array $command = ['relmkt'])
    {
        $streams = [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => STDERR];
        $child = @proc_open([...$command, 'decide', $policy], $streams, $this->pipes);
        if (!is_resource($child)) {
            throw new RuntimeException('the command cannot be started');
        }
        $this->child = $child;
    }

    /**
     * The answer on one customer; leave out what is not known.
     *
     * PHP writes an empty array as a list, and an empty list of significance says that there is
     * none: a set of which nothing is known is left out, or is an empty object.
     *
     * @param array<string, mixed>|stdClass $facts
     * @return array<string, mixed>
     */
    public function ask(array|stdClass $facts): array
    {
        $line = json_encode((object) $facts, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);
        if ($this->ended === null) {
            @fwrite($this->pipes[0], $line . "\n"); // it has ended: told below
            $answer = fgets($this->pipes[1]);
        }
        if (!isset($answer) || $answer === false) {
            throw new RuntimeException("the command ended with {$this->close()}");
        }
        $found = json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
        if (isset($found['error'])) {
            throw new InvalidArgumentException($found['error']['message']);
        }
        return $found;
    }

    /** Close its input: the command answers what it has, and ends. */
    public function close(): int
    {
        if ($this->ended === null) {
            fclose($this->pipes[0]);
            fclose($this->pipes[1]);
            $this->ended = proc_close($this->child);
        }
        return $this->ended;
    }
}

if (realpath($argv[0]) === __FILE__) {
    $command = getenv('RELMKT') ? explode("\n", getenv('RELMKT')) : ['relmkt'];
    try {
        $deciding = new Deciding($argv[1], $command);
        while (($line = fgets(STDIN)) !== false) {
            try {
                $facts = json_decode($line, false, 512, JSON_THROW_ON_ERROR); // {} is no []
                if (!$facts instanceof stdClass) {
                    throw new InvalidArgumentException('the line must be a JSON object');
                }
                $found = $deciding->ask($facts);
                echo "{$found['customer']}: {$found['outcome']}: {$found['reason']}\n";
            } catch (InvalidArgumentException | JsonException $error) {
                echo "not decided: {$error->getMessage()}\n";
            }
        }
        $code = $deciding->close();
    } catch (RuntimeException $error) {
        fwrite(STDERR, $error->getMessage() . "\n");
        exit(1);
    }
    exit($code === 1 ? 0 : $code); // 1: some lines were refused
}
