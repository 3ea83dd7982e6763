# Runs a program that may touch only what is listed (landlock(7)). Why Perl: docs/decisions/0017.
#
#   perl landlock.pl --abi                             prints the kernel's Landlock version
#   perl landlock.pl (--WORD VALUE)... -- PROGRAM ...
#     --read PATH     may be read, with what lies below; a path that is gone stays unreadable
#     --write PATH    may be read, written, made and removed in
#     --device PATH   may be read, written and controlled
#     --connect PATH  sockets that others made below it may be connected to
#     --filter HEX    system calls that are refused: a program for seccomp(2)
#     --unset NAME    variable the program does not get
#     --chdir PATH    where it starts
#
# Directories can be listed everywhere: the right to list one cannot be had without listing all below it.
# This process stays outside and ends with the program. Whatever the program leaves behind is ended first:
# orphans become children of this process, and a change of group, session or environment does not help them.
use strict;
use warnings;
use Config;

# asm/unistd.h: these five are the same everywhere; the others by the architecture this perl is built for.
my ($close_range, $openat2, $create_ruleset, $add_rule, $restrict_self) = (436, 437, 444, 445, 446);
my %numbers = (x86_64 => [157, 126, 250], map { $_ => [167, 91, 219] } qw(aarch64 riscv64 loongarch64));
# linux/prctl.h
my ($PDEATHSIG, $SUBREAPER, $NO_NEW_PRIVS, $AMBIENT, $AMBIENT_CLEAR) = (1, 36, 38, 47, 4);
my ($SECCOMP, $SECCOMP_FILTER) = (22, 2);
my ($SIGKILL, $SIGUSR1, $WNOHANG, $JOIN_KEYRING) = (9, 10, 1, 1);
# linux/landlock.h
my ($WRITE_FILE, $READ_FILE, $REMOVE_DIR, $REMOVE_FILE, $MAKE_CHAR, $MAKE_DIR, $MAKE_REG, $MAKE_SOCK,
    $MAKE_FIFO, $MAKE_BLOCK, $MAKE_SYM, $REFER, $TRUNCATE, $IOCTL_DEV, $RESOLVE_UNIX)
  = map { 1 << $_ } 1, 2, 4 .. 16;
my $SCOPES = 3;    # abstract unix sockets, signals
my ($PATH_BENEATH, $QUERY_VERSION) = (1, 1);

sub fail {
    my ($what) = @_;
    print STDERR "worktrain: the wall was not built: $what\n";
    exit 125;
}
sub call {
    my ($what, @call) = @_;
    my $result = syscall(shift @call, @call);
    fail("$what: $!") if $result == -1;
    return $result;
}

my ($arch) = $Config{archname} =~ /^([^-]+)/;
my ($prctl, $capset, $keyctl) = @{ $numbers{$arch} // fail("system calls of $arch are not known") };
my $abi = call('this kernel has no Landlock', $create_ruleset, 0, 0, $QUERY_VERSION);
if (@ARGV and $ARGV[0] eq '--abi') { print "$abi\n"; exit 0 }

my %list = map { $_ => [] } qw(--read --write --device --connect --filter --unset --chdir);
while (defined(my $word = shift @ARGV)) {
    last if $word eq '--';
    push @{ $list{$word} // fail("unknown word $word") }, shift @ARGV;
}
@ARGV or fail('no program was given');
call('descriptors cannot be closed', $close_range, 3, 0xFFFFFFFF, 0);

my $change = $WRITE_FILE | $REMOVE_DIR | $REMOVE_FILE | $MAKE_DIR | $MAKE_REG | $MAKE_SOCK | $MAKE_FIFO | $MAKE_SYM;
my $later = ($abi >= 2 && $REFER) | ($abi >= 3 && $TRUNCATE) | ($abi >= 5 && $IOCTL_DEV) | ($abi >= 9 && $RESOLVE_UNIX);
my $handled = $READ_FILE | $change | $MAKE_CHAR | $MAKE_BLOCK | $later;
my $of_a_file = $READ_FILE | $WRITE_FILE | $TRUNCATE | $IOCTL_DEV | $RESOLVE_UNIX;
my $attributes = pack 'QQQ', $handled, 0, ($abi >= 6 ? $SCOPES : 0);
my $ruleset = call('no ruleset', $create_ruleset, $attributes, length $attributes, 0);

# Paths are real ones: a link in one was put there since, and is refused (O_PATH | O_CLOEXEC, RESOLVE_NO_SYMLINKS).
my $how = pack 'QQQ', 0x200000 | 0x80000, 0, 4;
sub allow {
    my ($path, $rights, $required) = @_;
    my $fd = syscall($openat2, -100, $path, $how, length $how);
    if ($fd == -1) { return $required ? fail("$path: $!") : undef }
    $rights &= $handled;
    $rights &= $of_a_file unless -d "/proc/self/fd/$fd";
    my $rule = pack 'Ql', $rights, $fd;
    call($path, $add_rule, $ruleset, $PATH_BENEATH, $rule, 0) if $rights;
    call($path, $close_range, $fd, $fd, 0);
}
allow($_, $READ_FILE, 0) for @{ $list{'--read'} };
allow($_, $READ_FILE | $change | $REFER | $TRUNCATE | $RESOLVE_UNIX, 1) for @{ $list{'--write'} };
my @terminal = grep { defined && m{^/dev/(pts/\d+|tty\w*|console)\z} } map { readlink "/proc/self/fd/$_" } 0 .. 2;
allow($_, $READ_FILE | $WRITE_FILE | $TRUNCATE | $IOCTL_DEV, 0) for @{ $list{'--device'} }, @terminal;
allow($_, $RESOLVE_UNIX, 0) for @{ $list{'--connect'} };

sub stat_of {    # state, parent
    open my $file, '<', "/proc/$_[0]/stat" or return;
    return (<$file> // '') =~ /.*\) (\S) (\d+)/s;
}
sub descendants {
    opendir my $proc, '/proc' or return;
    my %children;
    for my $pid (grep { /^\d+\z/ } readdir $proc) {
        my ($state, $parent) = stat_of($pid);
        push @{ $children{$parent} }, $pid if defined $parent and $state ne 'Z';
    }
    my @found = @{ $children{$$} // [] };
    for (my $i = 0; $i < @found; $i++) { push @found, @{ $children{ $found[$i] } // [] } }
    return @found;
}
sub end_all {
    for (1 .. 1000) {
        my @left = descendants() or last;
        kill KILL => @left;
        1 while waitpid(-1, $WNOHANG) > 0;
        select undef, undef, undef, 0.01;
    }
}

# Signals of the terminal go to the program as well, which decides what they mean.
my @TERMINAL_SIGNALS = qw(HUP INT QUIT TERM TSTP TTIN TTOU);
my $starter = getppid;
call('orphans cannot be adopted', $prctl, $SUBREAPER, 1, 0, 0, 0);
$SIG{USR1} = sub { end_all(); exit 137 };
$SIG{$_} = 'IGNORE' for @TERMINAL_SIGNALS;
call('the death of the starter cannot be told', $prctl, $PDEATHSIG, $SIGUSR1, 0, 0, 0);
exit 125 if getppid != $starter;

my $outside = $$;
my $program = fork // fail("fork: $!");
if ($program == 0) {
    $SIG{$_} = 'DEFAULT' for @TERMINAL_SIGNALS, 'USR1';
    delete @ENV{ @{ $list{'--unset'} }, 'PERL_BADLANG' };
    syscall($prctl, $AMBIENT, $AMBIENT_CLEAR, 0, 0, 0);
    # A session keyring of its own: the person's may hold tickets. A kernel without keyrings has nothing to hide.
    syscall($keyctl, $JOIN_KEYRING, 0) == -1 and not $!{ENOSYS} and fail("no keyring of its own: $!");
    # linux/capability.h, version 3: no_new_privs keeps uid 0 from getting them back.
    my ($header, $none) = (pack('LL', 0x20080522, 0), pack('L6', (0) x 6));
    call('capabilities cannot be dropped', $capset, $header, $none);
    call('privileges cannot be given up', $prctl, $NO_NEW_PRIVS, 1, 0, 0, 0);
    call('restrict', $restrict_self, $ruleset, 0);
    for my $hex (@{ $list{'--filter'} }) {
        my $steps = pack 'H*', $hex;
        my $filter = pack 'S x!8 P', length($steps) / 8, $steps;
        call('system calls cannot be refused', $prctl, $SECCOMP, $SECCOMP_FILTER, $filter, 0, 0);
    }
    open my $status, '<', '/proc/self/status' or fail("/proc: $!");
    grep { /^NoNewPrivs:\s*1$/ } <$status> or fail('privileges were not given up');
    close $status;
    call('the death of this process cannot be told', $prctl, $PDEATHSIG, $SIGKILL, 0, 0, 0);
    exit 125 if getppid != $outside;
    for my $path (@{ $list{'--chdir'} }) { chdir $path or fail("$path: $!") }
    no warnings 'exec';
    exec { $ARGV[0] } @ARGV;
    print STDERR "worktrain: $ARGV[0] cannot be started: $!\n";
    exit($!{ENOENT} ? 127 : 126);
}
syscall($close_range, 3, 0xFFFFFFFF, 0);
my $status = 0;
for (;;) {
    my $pid = waitpid -1, 0;
    $status = $? if $pid == $program;
    last if $pid == $program or ($pid == -1 and not $!{EINTR});
}
end_all();
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
