# The reader for a shell: POSIX sh, fed on stdin, where only an exec gets us inside, or no Python is (docs/collector.md).
# It writes nothing but its stdout, leaves nothing running, and keeps its nonce out of every argv and environment.
# Used: the shell's own words, cat, grep, head, ls, readlink, sha256sum, stat, tail, tr, wc, date, sleep; of a
# host also timeout, systemctl, curl, docker, where they are.

LC_ALL=C
export LC_ALL
umask 077
PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin
exec 2>&1
C=0

# Open a frame: kind and numbers. What follows until its end is its payload, or the reason for a failure.
f() {
    C=$((C + 1))
    printf '\n%s %d %s\n' "$N" "$C" "$*"
}

# End a frame: the status of what wrote it; its length was not known before.
e() { printf '\n%s > %d -\n' "$N" "$1"; }

no() {
    printf '%s' "$1"
    return 1
}

# The shell's own read needs no process; stat files hold no NUL.
text() {
    while IFS= read -r L; do printf '%s\n' "$L"; done <"$1"
}

# Mode, uid, gid, size, mtime, inode, mtime with its fraction where the tool knows it.
what() { stat -L -c '%f %u %g %s %Y %i %y' -- "$1"; }

# Frame $1: where the links at path $2 itself lead, one after the other; none where no link is there.
chain() {
    [ -L "$2" ] || return 0
    f $1; follow "$2" 0; e $?
}

follow() {
    T=$(readlink -- "$1") || return 1
    case $T in /*) ;; *) T=${1%/*}/$T ;; esac
    printf '%s\n' "$T"
    if [ -L "$T" ] && [ "$2" -lt 39 ]; then follow "$T" $(($2 + 1)); fi
}

identity() {
    f init 0 "$1"; cat /proc/1/stat; e $?
    f boot 0 "$1"; cat /proc/sys/kernel/random/boot_id; e $?
}

begin() {
    f self 0; printf %d $$; e 0
    f reader 0; cat "/proc/$$/status"; e $?
    f elf 0; head -c 6 /proc/self/exe; e $?
    identity 0
}

clock() {
    f clock 0 "$1"; date +%s.%N && text /proc/uptime; e $?
}

details() {
    f status 0 "$1" "$2"; cat "/proc/$2/status"; e $?
    f cmdline 0 "$1" "$2"; cat "/proc/$2/cmdline"; e $?
    # Between two frames nothing may be said, not even that a process has ended meanwhile.
    if { IFS= read -r L <"/proc/$2/stat"; } 2>/dev/null; then
        case $L in *') D '*) f wchan 0 "$1" "$2"; cat "/proc/$2/wchan"; e $? ;; esac
    fi
    links "$1" "$2"
}

# What only its own user may see of a process; of an exe that is gone, which it is, and which has its name now.
links() {
    f exe 0 "$1" "$2"; X=$(readlink "/proc/$2/exe"); S=$?; [ -z "$X" ] || printf '%s\n' "$X"; e $S
    [ "$S" = 0 ] || ended "$1" "$2"
    f fds 0 "$1" "$2"; ls -ln "/proc/$2/fd"; e $?
    case $X in
    *' (deleted)')
        f exesha 0 "$1" "$2"; sha256sum <"/proc/$2/exe"; e $?
        f disksha 0 "$1" "$2"; sum "${X% (deleted)}"; e $?
        ;;
    esac
    case $ASK in *' cwd '*) f cwd 0 "$1" "$2"; readlink "/proc/$2/cwd"; e $? ;; esac
    case $ASK in *' limits '*) f limits 0 "$1" "$2"; cat "/proc/$2/limits"; e $? ;; esac
    case $ASK in *' env '*) f env 0 "$1" "$2"; variables "/proc/$2/environ"; e $? ;; esac
    case $ASK in
    *' libraries '*) f maps 0 "$1" "$2"; some -E '^[0-9a-f-]+ ..x.* \(deleted\)$' "/proc/$2/maps"; e $? ;;
    esac
}

# A process that was there a moment ago, and is gone, or a zombie: it lost its program before its entry.
ended() {
    if { IFS= read -r L <"/proc/$2/stat"; } 2>/dev/null; then
        case ${L##*) } in [ZXx]*) ;; *) return 0 ;; esac
    fi
    f ended 0 "$1" "$2"; e 0
}

sum() {
    if [ ! -e "$1" ]; then
        no 'No such file or directory'
    elif [ ! -f "$1" ] || kernels "$1"; then
        no 'not a regular file'
    else
        sha256sum <"$1"
    fi
}

# Those that are asked for, a line each, since not every grep knows -z; a pipe hides whether the file may be read.
variables() {
    cat "$1" >/dev/null || return 1
    tr '\000\012' '\012\001' <"$1" | some -aE "$KEYS"
    S=$?
    cat "$1" >/dev/null && return "$S"
}

# No hit is no failure of grep.
some() {
    grep "$@"
    [ $? -le 1 ]
}

# The time that each process has used of a processor, at turn $1.
spent() {
    f cpuclock 0 "$1"; text /proc/uptime; e $?
    for D in /proc/[0-9]*; do
        [ -e "$D/stat" ] || continue
        f cpu 0 "$1" "${D#/proc/}"; text "$D/stat"; e $?
    done
}

# Sample $1; those that were not seen before are read by $2, since that does not change.
processes() {
    for D in /proc/[0-9]*; do
        P=${D#/proc/}
        [ -e "$D/stat" ] || continue
        f stat 0 "$1" "$P"; text "$D/stat"; e $?
        case $K in *" $P "*) continue ;; esac
        K="$K$P "
        "$2" "$1" "$P"
    done
}

# A table of sockets: its first line as a proof, and those in state $4, LISTEN or unconnected.
table() {
    f net 0 "$1" "$2"
    if [ -e "/proc/net/$3" ]; then
        grep -E "local_address|^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ $4 " "/proc/net/$3"
    fi
    e $?
}

tables() {
    table 2 6 tcp 0A
    table 10 6 tcp6 0A
    table 2 17 udp 07
    table 10 17 udp6 07
}

# The unix sockets that listen (__SO_ACCEPTCON among the flags), below the first line as a proof.
unixes() {
    f unix 0; grep -E '^Num|^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 0001' /proc/net/unix; e $?
}

# The ports that the kernel gives to clients.
clientports() {
    f clientports 0; cat /proc/sys/net/ipv4/ip_local_port_range; e $?
}

file() {
    f file 0 "$1" "$2"; what "$3"; e $?
}

# Files of the kernel's own: reading may wait for ever, or take away what is read (proc(5), kmsg).
kernels() {
    case $(readlink -f -- "$1" 2>/dev/null) in /proc/* | /sys/*) return 0 ;; esac
    case $(stat -f -c %T -- "$1" 2>/dev/null) in
    proc | sysfs | debugfs | tracefs | cgroup*fs | bpf_fs | securityfs | selinux | smackfs | pstorefs | configfs) return 0 ;;
    efivarfs | nsfs | devpts | binfmt_misc | mqueue) return 0 ;;
    esac
    return 1
}

beginning() {
    if [ ! -f "$1" ]; then
        no 'not a regular file'
    elif kernels "$1"; then
        no "it is one of the kernel's own files"
    else
        head -c 65536 -- "$1"
    fi
}

real() {
    if [ ! -e "$1" ]; then no 'No such file or directory'; else readlink -f -- "$1"; fi
}

# How often the kernel killed a process of this container for want of memory: cgroups v2 or v1, as they are seen inside.
oom() {
    f oom 0
    if [ -e /sys/fs/cgroup/memory.events ]; then
        cat /sys/fs/cgroup/memory.events; S=$?
    else
        # One of v1 does not count what happened in the cgroups below it; one that is not read makes the count too small.
        cat /sys/fs/cgroup/memory/memory.oom_control; S=$?
        for O in /sys/fs/cgroup/memory/*/memory.oom_control /sys/fs/cgroup/memory/*/*/memory.oom_control; do
            [ ! -e "$O" ] || cat "$O" || S=1
        done
    fi
    e $S
}

nap() {
    f pause 0 "$1"; sleep "$2" || sleep 1; e $?
}

# Files of log $1 that match $2, below the directory $3; $4 says how to scan: none, texts, regexes. The rest are texts.
log() {
    I=$1 G=$2 B=$3 H=$4
    shift 4
    if [ -d "$B" ] && ! { [ -r "$B" ] && [ -x "$B" ]; }; then
        f log 0 "$I"; no "$B may not be read"; e $?
        return
    fi
    matching "$@"
}

matching() {
    OLD=$IFS IFS=
    J=0
    for F in $G; do
        IFS=$OLD
        [ -e "$F" ] || [ -L "$F" ] || continue
        [ -d "$F" ] && [ "$F" != "$G" ] && continue
        if [ "$J" -ge 200 ]; then
            J=201
            break
        fi
        scan "$J" "$F" "$@"
        J=$((J + 1))
    done
    IFS=$OLD
    f log 0 "$I"
    if [ "$J" -le 200 ]; then printf %d "$J"; else no 'more than 200 files match'; fi
    e $?
}

scan() {
    S=$1 F=$2
    shift 2
    f logname 0 "$I" "$S"; printf %s "$F"; e 0
    chain "loglink 0 $I $S" "$F"
    f logstat 0 "$I" "$S"; what "$F"; e $?
    if [ ! -f "$F" ] || [ ! -r "$F" ]; then
        f hits 0 "$I" "$S"; no 'not a regular file, or not readable'; e $?
        return
    fi
    if kernels "$F"; then
        f hits 0 "$I" "$S"; no "it is one of the kernel's own files"; e $?
        return
    fi
    if [ "$H" != none ] && ! [ "$(stat -L -c %s -- "$F" 2>/dev/null)" -le 268435456 ] 2>/dev/null; then
        f hits 0 "$I" "$S"; no 'it is longer than 268435456 bytes, too much to read inside the container'; e $?
        return
    fi
    if [ "$H" != none ]; then
        f loghead 0 "$I" "$S"; head -c 4096 -- "$F"; e $?
        f logend 0 "$I" "$S"; tail -c 32768 -- "$F"; e $?
    fi
    case $H in
    texts)
        f logcount 0 "$I" "$S"; counted "$@"; e $?
        f hits 0 "$I" "$S"; grep -aFn "$@" -- "$F" | tail -c 2097152; e $?
        ;;
    regexes)
        f loglines 0 "$I" "$S"; wc -l <"$F"; e $?
        f logtail 0 "$I" "$S"; tail -c 8388000 -- "$F"; e $?
        ;;
    esac
    f logagain 0 "$I" "$S"; what "$F"; e $?
}

counted() { some -aFc "$@" -- "$F"; }

# What follows is of a whole machine.

machine() {
    f carried 0; e 0
    f hostname 0; cat /proc/sys/kernel/hostname; e $?
}

# What may wait for ever runs below a timeout, but not that of BusyBox, which leaves a process behind until its time.
late() {
    $LATE "$@"
    S=$?
    if [ "$S" -eq 124 ] || [ "$S" -eq 137 ]; then no 'it did not answer within 2 s'; fi
    return "$S"
}

# Where the mounts are that count: those of the first process, or our own where those are hidden.
host() {
    LATE=
    case $(timeout --version 2>/dev/null) in *coreutils*) LATE='timeout -s KILL 2' ;; esac
    M=/proc/self
    if [ -e /proc/1/root/. ]; then M=/proc/1; fi
    f machineid 0; beginning /etc/machine-id; e $?
    f kernel 0; cat /proc/sys/kernel/osrelease; e $?
    chain 'zonelink 0' /etc/localtime
    f zonefile 0; what /etc/localtime; e $?
    f timezone 0; beginning /etc/timezone; e $?
    if [ ! -L /etc/localtime ]; then
        f localtime 0; beginning /etc/localtime; e $?
        f zoneinfo 0; zone; e $?
    fi
}

# The zone that /etc/timezone names, as it is installed.
zone() {
    Z=$(beginning /etc/timezone)
    case $Z in
    '' | /* | *[!A-Za-z0-9_+/-]*) no '/etc/timezone names no zone' ;;
    *) beginning "/usr/share/zoneinfo/$Z" ;;
    esac
}

parameter() {
    f sysctl 0 "$1"; cat "$2"; e $?
}

mountinfo() {
    f mountinfo 0; cat "$M/mountinfo"; e $?
}

# A mount point is no link, and to ask whether it is would already wait for a file server.
disk() {
    grep -qF " $2 " "$M/mountinfo" || chain "mountlink 0 $1" "$2"
    f statvfs 0 "$1"; late stat -f -c '%S %b %a %c %d' -- "$M/root$2"; e $?
}

# What a path is on, with what is left there; then the path without links.
place() {
    f place 0 "$1"
    R=$(late readlink -f -- "$2") && [ -n "$R" ] || R=$2
    late stat -f -c '%S %b %f %a %c %d' -- "$M/root$R" && printf %s "$R"
    e $?
}

# All crontabs: one file, and those in the folders that are given.
crontabs() {
    f nsswitch 0
    if [ -e /etc/nsswitch.conf ]; then beginning /etc/nsswitch.conf; else no 'No such file or directory'; fi
    e $?
    f debian 0; what /etc/debian_version; e $?
    I=0 J=0
    crontab /etc/crontab
    for D; do
        if [ -d "$D" ] && ! { [ -r "$D" ] && [ -x "$D" ]; }; then
            f cronlist 0 "$I"; no 'Permission denied'; e $?
        else
            for F in "$D"/*; do crontab "$F"; done
        fi
        I=$((I + 1))
    done
    f crontabs 0; [ "$J" -le 1000 ] && printf %d "$J"; e $?
}

crontab() {
    if [ ! -f "$1" ] || [ "$J" -gt 1000 ]; then return; fi
    f cronname 0 "$J"; printf %s "$1"; e 0
    f cronstat 0 "$J"; what "$1"; e $?
    f cronlinks 0 "$J"; stat -L -c %h -- "$1" && if [ -L "$1" ]; then stat -c %u -- "$1"; fi; e $?
    f cron 0 "$J"; head -c 262145 -- "$1"; e $?
    J=$((J + 1))
}

# The units that follow the names of properties.
units() {
    f units 0
    S=/usr/bin/systemctl P=$1
    shift
    if [ ! -x "$S" ]; then S=/bin/systemctl; fi
    if [ -x "$S" ] && [ -d /run/systemd/system ]; then
        late "$S" show --no-pager -p "$P" -- "$@"
    else
        no 'systemd does not run here'
    fi
    e $?
}

engine() {
    f engine 0
    P=/var/run/docker.sock
    if [ ! -e "$P" ]; then P=/run/docker.sock; fi
    if [ ! -e "$P" ]; then
        no 'No such file or directory'
    elif [ ! -w "$P" ]; then
        no 'Permission denied'
    else
        version "$P"
    fi
    e $?
}

# Curl says 7 for a socket on which nobody listens, and 2 where it is too old to know of them.
version() {
    S=2
    if command -v curl >/dev/null; then
        late curl -qsSf --noproxy '*' -m 2 --unix-socket "$1" http://localhost/version
    fi
    if [ "$S" -eq 7 ]; then
        no 'Connection refused'
    elif [ "$S" -ne 2 ]; then
        return "$S"
    elif command -v docker >/dev/null; then
        late docker -H "unix://$1" version --format '{{json .Server}}'
    else
        no 'nothing here can ask it: neither curl nor docker'
    fi
}

finish() {
    printf '\n%s end %d\n' "$N" "$C"
}
