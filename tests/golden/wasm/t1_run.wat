(func $run (export "run") (result i32)
  (local $pc i64)
  (local $left i32)
  (local $entry i32)
  (local $place i32)
  (local $table i32)
  (local $fetches i32)
  (local $out i32)
  (local $at i32)
  (local $target i64)
  (local $cause i64)
  (local $tval i64)
  (local $ticks i32)
  (local $after i32)
  (local $i64_0 i64)
  (local $i64_1 i64)
  (local $i32_0 i32)
  (local $i64_2 i64)
  i32.const 0
  i32.load offset=21238472
  local.tee $ticks
  i32.const 1
  i32.add
  local.set $ticks
  loop
    block
      call $resume
      i32.wrap_i64
      local.set $left
      local.set $pc
      i32.wrap_i64
      local.tee $out
      if
        i32.const 0
        local.get $ticks
        i32.store offset=21238472
        local.get $out
        return
      end
      i32.const -1
      local.set $after
      i32.const 0
      i32.load offset=65712
      i32.const 3
      i32.shl
      local.set $table
      i32.const 0
      i32.load offset=65704
      i32.const 3
      i32.shl
      local.set $fetches
      loop
        local.get $pc
        i64.const 0xfffffffffffff000
        i64.and
        local.get $pc
        i64.const 9
        i64.shr_u
        i32.wrap_i64
        i32.const 0x7f8
        i32.and
        local.get $fetches
        i32.add
        local.tee $at
        i64.load offset=65976
        i64.eq
        if
          local.get $at
          i32.load offset=98744
          local.set $place
        else
          local.get $pc
          local.get $left
          i64.extend_i32_s
          call $find_code
          i32.wrap_i64
          local.set $place
          i32.wrap_i64
          local.tee $out
          if
            local.get $out
            i32.const 1
            i32.eq
            br_if 4
            i32.const 0
            local.get $ticks
            i32.store offset=21238472
            local.get $out
            return
          end
        end
        local.get $ticks
        i32.const -1
        i32.add
        local.tee $ticks
        i32.const 1
        i32.lt_s
        if
          i32.const 0
          i32.load offset=21238464
          local.set $ticks
          local.get $pc
          i32.wrap_i64
          i32.const 3
          i32.shl
          local.get $place
          i32.add
          i64.extend_i32_u
          local.get $left
          i64.extend_i32_s
          call $look
          i32.wrap_i64
          if
            local.get $pc
            local.get $left
            i64.extend_i32_s
            call $retire
            i32.const 11
            local.set $out
            i32.const 0
            local.get $ticks
            i32.store offset=21238472
            local.get $out
            return
          end
        end
        block
          loop
            local.get $left
            i32.eqz
            if
              local.get $ticks
              i32.const 1
              i32.add
              local.set $ticks
              local.get $pc
              local.get $left
              i64.extend_i32_s
              call $retire
              br 5
            end
            local.get $left
            i32.const -1
            i32.add
            local.set $left
            local.get $pc
            i32.wrap_i64
            i32.const 3
            i32.shl
            local.get $place
            i32.add
            local.set $entry
            block
              block
                block
                  block
                    block
                      block
                        block
                          block
                            block
                              block
                                block
                                  block
                                    local.get $entry
                                    i32.load16_u offset=4444864
                                    br_table 0 1 2 3 4 5 4 4 6 7 8 9 10 11 4
                                  end
                                  local.get $left
                                  i32.const 1
                                  i32.add
                                  local.set $left
                                  local.get $entry
                                  i64.extend_i32_u
                                  call $decode_at
                                  br 11
                                end
                                local.get $left
                                i32.const 1
                                i32.add
                                local.set $left
                                i32.const 0
                                i32.load offset=65656
                                i32.const 2
                                i32.and
                                if
                                  local.get $pc
                                  local.get $left
                                  i64.extend_i32_s
                                  call $retire
                                  br 15
                                end
                                i32.const 0
                                i64.const 0
                                i64.store offset=65656
                                br 12
                              end
                              local.get $left
                              i32.const 1
                              i32.add
                              local.set $left
                              local.get $pc
                              local.get $left
                              i64.extend_i32_s
                              call $alone
                              i32.wrap_i64
                              local.set $place
                              i32.wrap_i64
                              local.tee $out
                              if
                                local.get $out
                                i32.const 1
                                i32.eq
                                br_if 14
                                i32.const 0
                                local.get $ticks
                                i32.store offset=21238472
                                local.get $out
                                return
                              end
                              br 9
                            end
                            local.get $left
                            i32.const 1
                            i32.add
                            local.set $left
                            local.get $pc
                            local.get $left
                            i64.extend_i32_s
                            call $at_break
                            i32.wrap_i64
                            local.set $place
                            i32.wrap_i64
                            local.tee $out
                            if
                              local.get $out
                              i32.const 1
                              i32.eq
                              br_if 13
                              i32.const 0
                              local.get $ticks
                              i32.store offset=21238472
                              local.get $out
                              return
                            end
                            br 8
                          end
                          i64.const 2
                          local.set $cause
                          local.get $entry
                          i64.load32_u offset=4444876
                          local.set $tval
                          br 10
                        end
                        local.get $left
                        i32.const 1
                        i32.add
                        local.tee $left
                        local.get $after
                        i32.eq
                        if
                          i32.const 0
                          i32.const 0
                          i64.load offset=23487216
                          i64.const 1
                          i64.add
                          i64.store offset=23487216
                        end
                        local.get $pc
                        local.get $left
                        local.get $table
                        local.get $entry
                        i32.load16_u offset=4444866
                        local.get $entry
                        i32.load offset=4444872
                        local.tee $at
                        call_indirect (type 0)
                        local.set $out
                        local.tee $left
                        local.set $after
                        local.set $pc
                        local.get $at
                        i32.const 3
                        i32.shl
                        local.get $at
                        i32.const 3
                        i32.shl
                        i64.load offset=23483120
                        i64.const 1
                        i64.add
                        i64.store offset=23483120
                        block
                          block
                            block
                              local.get $out
                              br_table 11 0 1 2
                            end
                            i32.const 0
                            i64.load offset=23487224
                            local.set $cause
                            i32.const 0
                            i64.load offset=23487232
                            local.set $tval
                            br 11
                          end
                          local.get $pc
                          local.get $left
                          i64.extend_i32_s
                          call $alone
                          i32.wrap_i64
                          local.set $place
                          i32.wrap_i64
                          local.tee $out
                          if
                            local.get $out
                            i32.const 1
                            i32.eq
                            br_if 12
                            i32.const 0
                            local.get $ticks
                            i32.store offset=21238472
                            local.get $out
                            return
                          end
                          br 7
                        end
                        i32.const 0
                        i32.load offset=65656
                        i32.const 2
                        i32.and
                        if
                          local.get $pc
                          local.get $left
                          i64.extend_i32_s
                          call $retire
                          br 11
                        end
                        i32.const 0
                        i64.const 0
                        i64.store offset=65656
                        br 8
                      end
                      local.get $pc
                      i64.const 4
                      i64.add
                      local.set $target
                      local.get $entry
                      i32.load16_u offset=4444868
                      i64.load offset=26345472
                      local.get $entry
                      i32.load16_u offset=4444866
                      i64.load offset=26345472
                      i64.eq
                      if
                        local.get $pc
                        local.get $entry
                        i64.load32_s offset=4444872
                        i64.add
                        local.tee $i64_0
                        i64.const 2
                        i64.and
                        i64.const 0
                        i64.ne
                        i32.const 0
                        i64.load offset=26346536
                        i64.const 0x1000
                        i64.and
                        i64.const 0
                        i64.ne
                        i32.eqz
                        i32.and
                        if
                          i64.const 0
                          local.set $cause
                          local.get $i64_0
                          local.set $tval
                          br 10
                        end
                        local.get $i64_0
                        local.set $target
                      end
                      local.get $target
                      local.get $pc
                      i64.le_u
                      local.get $target
                      local.get $pc
                      i64.xor
                      local.get $target
                      local.set $pc
                      i64.const 12
                      i64.shr_u
                      i64.eqz
                      i32.eqz
                      br_if 7
                      i32.eqz
                      br_if 5
                      local.get $ticks
                      i32.const -1
                      i32.add
                      local.tee $ticks
                      i32.const 0
                      i32.gt_s
                      br_if 5
                      br 7
                    end
                    local.get $entry
                    i32.load16_u offset=4444866
                    i64.load offset=26345472
                    local.get $entry
                    i64.load32_s offset=4444872
                    i64.add
                    local.tee $i64_0
                    i64.const 0xfffffffffffff007
                    i64.and
                    local.get $i64_0
                    i64.const 9
                    i64.shr_u
                    i32.wrap_i64
                    i32.const 0x7f8
                    i32.and
                    local.get $table
                    i32.add
                    local.tee $i32_0
                    i64.load offset=131512
                    i64.eq
                    if
                      local.get $i64_0
                      i32.wrap_i64
                      local.get $i32_0
                      i32.load offset=197048
                      i32.add
                      i64.load offset=26361856
                      local.set $i64_1
                    else
                      local.get $i64_0
                      i64.const 8
                      local.get $pc
                      local.get $left
                      i64.extend_i32_s
                      local.get $place
                      i64.extend_i32_u
                      call $slow_seen_load
                      i32.wrap_i64
                      local.set $place
                      local.set $i64_1
                      local.tee $cause
                      i64.eqz
                      i32.eqz
                      if
                        local.get $i64_1
                        local.set $tval
                        br 9
                      end
                    end
                    local.get $entry
                    i32.load16_u offset=4444868
                    local.get $i64_1
                    i64.store offset=26345472
                    local.get $pc
                    i64.const 4
                    i64.add
                    local.set $pc
                    br 4
                  end
                  local.get $entry
                  i32.load16_u offset=4444868
                  i64.load offset=26345472
                  local.get $entry
                  i64.load32_s offset=4444872
                  i64.add
                  local.set $i64_0
                  local.get $entry
                  i32.load16_u offset=4444866
                  i64.load offset=26345472
                  local.set $i64_1
                  local.get $i64_0
                  i64.const 0xfffffffffffff007
                  i64.and
                  local.get $i64_0
                  i64.const 9
                  i64.shr_u
                  i32.wrap_i64
                  i32.const 0x7f8
                  i32.and
                  local.get $table
                  i32.add
                  local.tee $i32_0
                  i64.load offset=164280
                  i64.eq
                  if
                    local.get $i64_0
                    i32.wrap_i64
                    local.get $i32_0
                    i32.load offset=197048
                    i32.add
                    local.get $i64_1
                    i64.store offset=26361856
                  else
                    local.get $i64_0
                    i64.const 8
                    local.get $i64_1
                    local.get $pc
                    local.get $left
                    i64.extend_i32_s
                    local.get $place
                    i64.extend_i32_u
                    call $slow_seen_store
                    i32.wrap_i64
                    local.set $place
                    local.set $i64_2
                    local.tee $cause
                    i64.eqz
                    i32.eqz
                    if
                      local.get $i64_2
                      local.set $tval
                      br 8
                    end
                  end
                  local.get $pc
                  i64.const 4
                  i64.add
                  local.set $pc
                  br 3
                end
                local.get $entry
                i32.load16_u offset=4444868
                local.get $entry
                i32.load16_u offset=4444866
                i64.load offset=26345472
                local.get $entry
                i64.load32_s offset=4444872
                i64.add
                i64.store offset=26345472
                local.get $pc
                i64.const 4
                i64.add
                local.set $pc
                br 2
              end
              local.get $pc
              i64.const 2
              i64.add
              local.set $target
              local.get $entry
              i32.load16_u offset=4444866
              i64.load offset=26345472
              i64.const 0xfffffffffffffffe
              i64.and
              local.tee $i64_0
              i64.const 2
              i64.and
              i64.const 0
              i64.ne
              i32.const 0
              i64.load offset=26346536
              i64.const 0x1000
              i64.and
              i64.const 0
              i64.ne
              i32.eqz
              i32.and
              if
                i64.const 0
                local.set $cause
                local.get $i64_0
                local.set $tval
                br 5
              end
              local.get $i64_0
              local.tee $target
              local.get $pc
              i64.le_u
              local.get $target
              local.get $pc
              i64.xor
              local.get $target
              local.set $pc
              i64.const 12
              i64.shr_u
              i64.eqz
              i32.eqz
              br_if 3
              i32.eqz
              br_if 1
              local.get $ticks
              i32.const -1
              i32.add
              local.tee $ticks
              i32.const 0
              i32.gt_s
              br_if 1
              br 3
            end
            local.get $pc
            local.get $left
            i64.extend_i32_s
            i64.const 1
            i64.add
            call $retire
            local.get $entry
            i64.load16_u offset=4444874
            local.get $entry
            i64.load16_u offset=4444872
            local.get $entry
            i64.load16_u offset=4444868
            i64.const 0
            i64.sub
            i64.const 3
            i64.shr_u
            local.get $pc
            local.get $pc
            i64.const 4
            i64.add
            local.get $entry
            i64.load32_u offset=4444876
            call $insn5
            local.set $target
            i64.extend_i32_u
            local.set $cause
            br 1
          end
        end
        local.get $cause
        i64.eqz
        if
          local.get $target
          local.set $pc
          i32.const 0
          i32.load offset=65656
          i32.const 2
          i32.and
          if
            local.get $pc
            local.get $left
            i64.extend_i32_s
            call $retire
            br 4
          end
          i32.const 0
          i64.const 0
          i64.store offset=65656
          br 1
        end
        i32.const 0
        i64.load offset=26346568
        local.set $cause
        i32.const 0
        i64.load offset=26346576
        local.set $tval
      end
    end
    local.get $cause
    local.get $tval
    local.get $pc
    local.get $left
    i64.extend_i32_s
    call $fault
    i32.wrap_i64
    local.tee $out
    if
      local.get $out
      i32.const 1
      i32.eq
      br_if 1
      i32.const 0
      local.get $ticks
      i32.store offset=21238472
      local.get $out
      return
    end
  end
  unreachable)
