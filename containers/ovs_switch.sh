#!/usr/bin/env bash
# ovs_switch.sh FOLDER DATAPATH WORDS...: starts Open vSwitch in this network namespace, with all of
# its files in the folder, and makes a bridge; the words are what ovs-vsctl is told besides.
set -euo pipefail

export OVS_RUNDIR=$1 OVS_LOGDIR=$1 OVS_DBDIR=$1 OVS_SYSCONFDIR=$1
datapath=$2
shift 2
socket=$OVS_RUNDIR/db.sock

# A switch in user space that has to wait for the processor loses packets.
urgent=(chrt --rr 1)
"${urgent[@]}" true 2>/dev/null || urgent=()

# daemon NAME ARGUMENT...: it goes on in the background when it is ready.
daemon() {
  local errors=$OVS_RUNDIR/$1.err
  "${urgent[@]}" "$@" --pidfile --unixctl="$OVS_RUNDIR/$1.ctl" --log-file="$OVS_RUNDIR/$1.log" \
    --detach --no-chdir -vconsole:off </dev/null >/dev/null 2>"$errors" \
    || { cat "$errors" >&2 && return 1; }
}

ovsdb-tool create "$OVS_DBDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema
daemon ovsdb-server "$OVS_DBDIR/conf.db" --remote="punix:$socket"
ovs-vsctl --db="unix:$socket" --no-wait init
daemon ovs-vswitchd "unix:$socket"
ovs-vsctl --db="unix:$socket" --timeout=20 add-br br0 \
  -- set bridge br0 "datapath_type=$datapath" "$@" >/dev/null
