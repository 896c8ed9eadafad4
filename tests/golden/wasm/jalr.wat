(func $insn3 (export "insn3") (param $imm i64) (param $rs1 i64) (param $rd i64) (param $pc i64) (param $next_pc i64) (param $word i64) (result i32 i64)
  (local $to i64)
  (local $v0 i64)
  local.get $next_pc
  local.set $to
  local.get $rs1
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load
  local.get $imm
  i64.add
  i64.const 0xfffffffffffffffe
  i64.and
  local.tee $v0
  i64.const 2
  i64.and
  i64.const 0
  i64.ne
  i32.const 0
  i64.load offset=1064
  i64.const 0x1000
  i64.and
  i64.const 0
  i64.ne
  i32.eqz
  i32.and
  if
    i32.const 0
    local.get $v0
    i32.const 0
    i64.const 0
    i64.store offset=1096
    i64.store offset=1104
    i32.const 1
    local.get $pc
    return
  end
  local.get $v0
  local.set $to
  local.get $rd
  i64.eqz
  i32.eqz
  if
    local.get $rd
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $next_pc
    i64.store
  end
  i32.const 0
  local.get $to)
